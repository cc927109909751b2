use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// What a column of an import holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// What identifies an account, and joins its subscriptions to it.
    Id,
    /// The account's name.
    Name,
    /// Annual recurring revenue.
    Arr,
    /// Monthly recurring revenue; twelve of them make the ARR where that is blank.
    Mrr,
    /// Currency of the row's amounts, as a code such as `EUR`.
    Currency,
    /// The segment the account is in.
    Segment,
    /// Day on which the contract comes up for renewal.
    RenewalDate,
    /// Day on which the contract or subscription starts.
    StartDate,
    /// Day on which the contract or subscription ends.
    EndDate,
    /// Day since which the account is a customer, over all its contracts.
    CustomerSince,
    /// Length of the contract, in months unless the cell or the header says years.
    Term,
    /// Health: a colour, a word, a grade from A to F, or a score from 0 to 100.
    Health,
    /// How the account is covered.
    TouchModel,
    /// The CSM or account owner.
    Owner,
    /// Yes when nothing is paid yet.
    Trial,
    /// Yes when the account or subscription is lost; a status column will do.
    Churned,
}

impl Field {
    /// Every field.
    pub const ALL: [Field; 16] = [
        Field::Id,
        Field::Name,
        Field::Arr,
        Field::Mrr,
        Field::Currency,
        Field::Segment,
        Field::RenewalDate,
        Field::StartDate,
        Field::EndDate,
        Field::CustomerSince,
        Field::Term,
        Field::Health,
        Field::TouchModel,
        Field::Owner,
        Field::Trial,
        Field::Churned,
    ];

    /// The word for it in a mapping: `arr`, `renewal_date`.
    pub const fn key(self) -> &'static str {
        match self {
            Field::Id => "id",
            Field::Name => "name",
            Field::Arr => "arr",
            Field::Mrr => "mrr",
            Field::Currency => "currency",
            Field::Segment => "segment",
            Field::RenewalDate => "renewal_date",
            Field::StartDate => "start_date",
            Field::EndDate => "end_date",
            Field::CustomerSince => "customer_since",
            Field::Term => "term",
            Field::Health => "health",
            Field::TouchModel => "touch_model",
            Field::Owner => "owner",
            Field::Trial => "trial",
            Field::Churned => "churned",
        }
    }

    /// The words for it on a screen: `ARR`, `renewal date`.
    pub const fn label(self) -> &'static str {
        match self {
            Field::Id => "account id",
            Field::Name => "account name",
            Field::Arr => "ARR",
            Field::Mrr => "MRR",
            Field::Currency => "currency",
            Field::Segment => "segment",
            Field::RenewalDate => "renewal date",
            Field::StartDate => "start date",
            Field::EndDate => "end date",
            Field::CustomerSince => "customer since",
            Field::Term => "term",
            Field::Health => "health",
            Field::TouchModel => "touch model",
            Field::Owner => "owner",
            Field::Trial => "trial",
            Field::Churned => "churned",
        }
    }

    /// Headers that mean this field, squashed, the surest first.
    ///
    /// Left out on purpose: Salesforce's `Annual Revenue` (what the customer itself earns), `plan_tier` (subscriptions
    /// carry it too), record creation dates (often years before the first contract), billing frequency (no term).
    const fn headers(self) -> &'static [&'static str] {
        match self {
            Field::Id => &[
                "accountid",
                "companyid",
                "customerid",
                "clientid",
                "gsid",
                "sfdcaccountid",
                "salesforceaccountid",
                "accountidcasesafe",
                "casesafeaccountid",
                "casesafeid",
                "sfdcid",
                "salesforceid",
                "crmid",
                "externalid",
                "accountexternalid",
                "companyexternalid",
                "planhatid",
                "organizationid",
                "organisationid",
                "orgid",
                "tenantid",
                "workspaceid",
                "accountnumber",
                "accountno",
                "accountcode",
                "customernumber",
                "customerno",
                "companyrecordid",
                "recordidcompany",
                "recordid",
                "hsobjectid",
                "id",
            ],
            Field::Name => &[
                "accountname",
                "companyname",
                "customername",
                "clientname",
                "organizationname",
                "organisationname",
                "account",
                "company",
                "customer",
                "client",
                "organization",
                "organisation",
                "associatedcompany",
                "name",
                "logo",
            ],
            Field::Arr => &[
                "arr",
                "annualrecurringrevenue",
                "annualrecurringrevenuearr",
                "arramount",
                "currentarr",
                "totalarr",
                "accountarr",
                "customerarr",
                "companyarr",
                "subscriptionarr",
                "contractedarr",
                "arrvalue",
                "arrtotal",
                "hsarr",
                "carr",
                "annualcontractvalue",
                "acv",
            ],
            Field::Mrr => &[
                "mrr",
                "monthlyrecurringrevenue",
                "monthlyrecurringrevenuemrr",
                "mrramount",
                "currentmrr",
                "totalmrr",
                "accountmrr",
                "customermrr",
                "companymrr",
                "subscriptionmrr",
                "contractedmrr",
                "mrrvalue",
                "mrrtotal",
                "hsmrr",
                "cmrr",
            ],
            Field::Currency => &[
                "currency",
                "currencycode",
                "currencyisocode",
                "arrcurrency",
                "accountcurrency",
                "contractcurrency",
                "dealcurrencycode",
            ],
            Field::Segment => &[
                "segment",
                "customersegment",
                "accountsegment",
                "companysegment",
                "marketsegment",
                "salessegment",
                "cssegment",
                "segmentname",
                "hscustomersegment",
                "customertier",
                "accounttier",
                "companytier",
                "tier",
            ],
            Field::RenewalDate => &[
                "renewaldate",
                "nextrenewaldate",
                "contractrenewaldate",
                "accountrenewaldate",
                "subscriptionrenewaldate",
                "upcomingrenewaldate",
                "hsrenewaldate",
                "renewalduedate",
                "nextrenewal",
                "renewalon",
                "renewson",
                "renewsat",
                "renewal",
            ],
            Field::StartDate => &[
                "contractstartdate",
                "subscriptionstartdate",
                "startdate",
                "contractstart",
                "subscriptionstart",
                "currentcontractstartdate",
                "currenttermstartdate",
                "currenttermstart",
                "currentperiodstart",
                "termstartdate",
                "licensestartdate",
                "contracteffectivedate",
                "effectivedate",
                "startson",
                "start",
                "startedat",
            ],
            Field::EndDate => &[
                "contractenddate",
                "end",
                "subscriptionenddate",
                "enddate",
                "contractend",
                "subscriptionend",
                "currentcontractenddate",
                "currenttermenddate",
                "currenttermend",
                "currentperiodend",
                "termenddate",
                "licenseenddate",
                "contractexpirationdate",
                "contractexpirydate",
                "contractexpiration",
                "expirationdate",
                "expirydate",
                "expireson",
                "expiresat",
                "endson",
                "endedat",
            ],
            Field::CustomerSince => &[
                "customersince",
                "customersincedate",
                "clientsince",
                "becameacustomerdate",
                "originalcontractdate",
                "originalcontractstartdate",
                "originalstartdate",
                "firstcontractdate",
                "firstcontractstartdate",
                "customerstartdate",
                "signupdate",
                "signedupat",
            ],
            Field::Term => &[
                "term",
                "contractterm",
                "contracttermmonths",
                "contractterminmonths",
                "contracttermyears",
                "contractterminyears",
                "termmonths",
                "terminmonths",
                "termyears",
                "terminyears",
                "termlength",
                "contractlength",
                "contractlengthmonths",
                "contractduration",
                "subscriptionterm",
                "subscriptiontermmonths",
                "currentterm",
                "initialterm",
                "renewalterm",
            ],
            Field::Health => &[
                "health",
                "healthscore",
                "customerhealth",
                "customerhealthscore",
                "accounthealth",
                "accounthealthscore",
                "companyhealth",
                "overallscore",
                "overallhealth",
                "overallhealthscore",
                "currentscore",
                "healthstatus",
                "healthgrade",
                "healthcolor",
                "healthcolour",
                "ragstatus",
                "rag",
            ],
            Field::TouchModel => &[
                "touchmodel",
                "coveragemodel",
                "engagementmodel",
                "servicemodel",
                "touchlevel",
                "touchtier",
                "touch",
                "cscoverage",
                "csmcoverage",
                "csmodel",
                "coveragetype",
                "servicetier",
            ],
            Field::Owner => &[
                "csm",
                "csmname",
                "csmfullname",
                "csmowner",
                "csowner",
                "customersuccessmanager",
                "successmanager",
                "successowner",
                "primarycsm",
                "accountowner",
                "accountownername",
                "accountmanager",
                "companyowner",
                "owner",
                "ownername",
                "ownerfullname",
                "hubspotowner",
                "assignedto",
            ],
            Field::Trial => &["istrial", "trial", "trialflag", "ontrial", "intrial", "trialaccount"],
            Field::Churned => &[
                "churned",
                "ischurned",
                "churnflag",
                "haschurned",
                "iscancelled",
                "iscanceled",
                "cancelled",
                "canceled",
                "churn",
                "accountstatus",
                "customerstatus",
                "companystatus",
                "subscriptionstatus",
                "status",
                "stage",
            ],
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

impl FromStr for Field {
    type Err = String;

    /// Reads a field's key or label in any case, as in `--map arr="Annual value"`.
    ///
    /// # Errors
    /// A sentence that lists the fields there are.
    fn from_str(text: &str) -> Result<Field, String> {
        let word = squash(text);
        Field::ALL
            .into_iter()
            .find(|field| squash(field.key()) == word || squash(field.label()) == word)
            .ok_or_else(|| {
                let keys: Vec<_> = Field::ALL.iter().map(|field| field.key()).collect();
                format!("`{text}` is not a field, not one of {}", keys.join(", "))
            })
    }
}

/// Headers that name one contract among several of an account.
const OF_A_SUBSCRIPTION: [&str; 10] = [
    "subscriptionid",
    "subid",
    "subscriptionnumber",
    "contractid",
    "contractnumber",
    "orderid",
    "ordernumber",
    "opportunityid",
    "dealid",
    "lineitemid",
];

/// Whether a header numbers subscriptions rather than accounts.
pub(super) fn numbers_subscriptions(header: &str) -> bool {
    OF_A_SUBSCRIPTION.contains(&squash(header).as_str())
}

/// Letters and digits of a text in lower case: what is left when case, spaces and signs do not matter.
pub(super) fn squash(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// The ways in which a header may be meant, the most literal first.
fn readings(header: &str) -> Vec<String> {
    let plain = header.trim();
    let plain = plain
        .strip_suffix("__c")
        .or_else(|| plain.strip_suffix("__C"))
        .unwrap_or(plain);
    let mut bare = String::with_capacity(plain.len());
    let mut depth = 0_u32;
    for c in plain.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => bare.push(c),
            _ => {}
        }
    }
    let mut found = vec![squash(plain), squash(&bare)];
    // "Account: ARR", "Account.ARR__c", as report builders write a field of a related object
    if let Some((_, last)) = bare.rsplit_once([':', '.']) {
        found.push(squash(last));
    }
    for code in ["usd", "eur", "gbp", "inr"] {
        if let Some(rest) = squash(&bare).strip_suffix(code) {
            found.push(rest.to_string());
        }
    }
    found.retain(|reading| !reading.is_empty());
    found
}

/// Which field each header holds; a field is given to one column only, the surest header first, then the first.
///
/// `mapping` goes before recognition; an empty header leaves its field out.
pub(super) fn recognise(headers: &[String], mapping: &BTreeMap<Field, String>) -> Vec<Option<Field>> {
    let mut columns = vec![None; headers.len()];
    let mut taken: Vec<Field> = Vec::new();
    for (&field, header) in mapping {
        if header.trim().is_empty() {
            taken.push(field);
        } else if let Some(column) = named(headers, header)
            && columns[column].is_none()
        {
            columns[column] = Some(field);
            taken.push(field);
        }
    }
    let meant: Vec<Vec<String>> = headers.iter().map(|header| readings(header)).collect();
    let most = meant.iter().map(Vec::len).max().unwrap_or(0);
    for literal in 0..most {
        for field in Field::ALL {
            if taken.contains(&field) {
                continue;
            }
            let found = field.headers().iter().find_map(|name| {
                (0..headers.len()).find(|&column| {
                    columns[column].is_none() && meant[column].get(literal).is_some_and(|word| word == name)
                })
            });
            if let Some(column) = found {
                columns[column] = Some(field);
                taken.push(field);
            }
        }
    }
    columns
}

/// The column a user means by a header: as written, else as squashed.
pub(super) fn named(headers: &[String], header: &str) -> Option<usize> {
    let exact = headers.iter().position(|have| have == header.trim());
    exact.or_else(|| {
        let word = squash(header);
        headers.iter().position(|have| !word.is_empty() && squash(have) == word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(headers: &[&str]) -> Vec<Option<Field>> {
        let headers: Vec<String> = headers.iter().map(ToString::to_string).collect();
        recognise(&headers, &BTreeMap::new())
    }

    #[test]
    fn a_salesforce_export_is_recognised() {
        assert_eq!(
            fields(&[
                "Account ID",
                "Account Name",
                "ARR__c",
                "Renewal_Date__c",
                "Contract End Date",
                "Account Owner"
            ]),
            [
                Some(Field::Id),
                Some(Field::Name),
                Some(Field::Arr),
                Some(Field::RenewalDate),
                Some(Field::EndDate),
                Some(Field::Owner)
            ]
        );
    }

    #[test]
    fn a_hubspot_export_is_recognised() {
        assert_eq!(
            fields(&[
                "Record ID",
                "Company name",
                "hs_arr",
                "Company owner",
                "Became a customer date"
            ]),
            [
                Some(Field::Id),
                Some(Field::Name),
                Some(Field::Arr),
                Some(Field::Owner),
                Some(Field::CustomerSince)
            ]
        );
    }

    #[test]
    fn a_gainsight_export_is_recognised() {
        assert_eq!(
            fields(&[
                "GSID",
                "Company",
                "ARR",
                "MRR",
                "Renewal Date",
                "Overall Score",
                "CSM",
                "Stage"
            ]),
            [
                Some(Field::Id),
                Some(Field::Name),
                Some(Field::Arr),
                Some(Field::Mrr),
                Some(Field::RenewalDate),
                Some(Field::Health),
                Some(Field::Owner),
                Some(Field::Churned)
            ]
        );
    }

    #[test]
    fn units_and_related_objects_in_a_header_do_not_hide_the_field() {
        for header in ["ARR (USD)", "arr_usd", "Account: ARR", "Account.ARR__c", " a r r "] {
            assert_eq!(fields(&[header]), [Some(Field::Arr)], "{header}");
        }
    }

    #[test]
    fn what_a_customer_itself_earns_is_not_its_arr() {
        assert_eq!(
            fields(&["Annual Revenue", "plan_tier", "billing_frequency", "Create Date"]),
            [None; 4]
        );
    }

    #[test]
    fn the_surest_header_wins_and_the_second_of_a_kind_is_left() {
        assert_eq!(
            fields(&["id", "account_id", "ARR", "arr"]),
            [None, Some(Field::Id), Some(Field::Arr), None]
        );
        assert_eq!(fields(&["Account: ARR", "ARR"]), [None, Some(Field::Arr)]);
    }

    #[test]
    fn a_user_goes_before_recognition_and_may_leave_a_field_out() {
        let headers = [
            "Name".to_string(),
            "ARR".to_string(),
            "Stage".to_string(),
            "Annual value".to_string(),
        ];
        let mapping = BTreeMap::from([
            (Field::Arr, "annual VALUE".to_string()),
            (Field::Churned, String::new()),
        ]);
        assert_eq!(
            recognise(&headers, &mapping),
            [Some(Field::Name), None, None, Some(Field::Arr)]
        );
    }

    #[test]
    fn every_field_reads_back_from_its_key_and_its_label() {
        for field in Field::ALL {
            assert_eq!(field.key().parse(), Ok(field));
            assert_eq!(field.label().to_uppercase().parse(), Ok(field));
        }
        assert!(
            "arrr"
                .parse::<Field>()
                .unwrap_err()
                .starts_with("`arrr` is not a field")
        );
    }

    #[test]
    fn no_header_means_two_fields() {
        let mut all: Vec<&str> = Field::ALL.iter().flat_map(|field| field.headers()).copied().collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(all.iter().all(|name| squash(name) == *name));
    }
}
