use retaincast::units::Currency;
use retaincast::wire::result::{
    Answers, BridgeResult, Chance, Estimate, Finding, Headline, Interval, Metric, Point, Results, Spread, ValueResult,
    VariancePart, Worth,
};
use retaincast::wire::{decimals, show_money};

/// The answer of a run as tables of text.
pub(super) fn results(r: &Results) -> String {
    let currency = Currency::from(r.currency);
    let money = |x: f64| show_money(x, currency, 4);
    let mut text = format!(
        "{} · {} trials · seed {} · {} months\n\n{}\n\n",
        r.name,
        grouped(r.trials),
        r.seed,
        r.horizon,
        answer(&r.answer)
    );
    text += &headline(r);
    text += "\nQuantiles, between which values each lies 19 times in 20\n";
    text += &quantiles(r);
    text += &spread(&r.headline);
    text += "\nRetention by definition\n";
    text += &years(r);
    text += "\nWhy definitions differ, first contract year (mean ARR, points)\n";
    text += &differences(r, &money);
    text += "\nARR bridge, mean over futures\n";
    text += &bridge(r, &money);
    text += "\nConcentration of ARR\n";
    text += &risk(r);
    text += "\nSegments, first contract year\n";
    text += &segments(r, &money);
    text += &format!(
        "\nCLTV of an opening account over {}, from {} futures; CAC payback in months\n",
        r.headline.cltv.window,
        r.headline.cltv.estimate.map_or(0, |cltv| cltv.trials)
    );
    text += &value(r, &money);
    text += "\nPools, first contract year\n";
    text += &pools(r);
    text += "\nTeam\n";
    text += &team(r, &money);
    text += &r
        .worth
        .as_ref()
        .map_or_else(String::new, |w| worth(w, r.horizon, &money));
    text += "\n";
    text += &findings(&r.findings);
    text += &format!("\nFingerprint {}\n", r.fingerprint);
    text
}

fn answer(
    Answers {
        cs_leader,
        finance,
        recruiter,
        caution,
    }: &Answers,
) -> String {
    let part = |question: &str, sentences: &[String]| format!("{question}\n  {}", sentences.join("\n  "));
    let questions = [
        part("What retention goes in the plan?", finance),
        part("How should I cover my book?", cs_leader),
        part("How many CSMs, of which kind, when?", recruiter),
    ];
    caution.iter().chain(&questions).cloned().collect::<Vec<_>>().join("\n")
}

/// What does not add up, each with what to type instead.
pub(super) fn findings(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "Nothing contradicts itself\n".to_owned();
    }
    let lines = findings.iter().map(|finding| format!("  {finding}\n"));
    "Does it add up?\n".to_owned() + &lines.collect::<String>()
}

fn headline(r: &Results) -> String {
    let currency = Currency::from(r.currency);
    let h = &r.headline;
    let mut rows = vec![heads(&[
        "",
        "window",
        "median",
        "P5 to P95",
        "expected ± se",
        "target",
        "chance",
    ])];
    let mut row = |name: &str, metric: &Metric, kind: Kind, sign: &str| {
        let show = &|x: f64| kind.show(x, 0.0, currency);
        let mut cells = vec![name.to_owned(), metric.window.clone()];
        match metric.estimate {
            Some(e) => {
                let [low, middle, high] =
                    quantiles_of(&e).map(|(x, interval)| kind.show(x, reach(x, interval), currency));
                cells.push(middle);
                cells.push(format!("{low} to {high}"));
                let (expected, se) = metric.expected.map_or((e.mean, e.se), |point| (point.value, point.se));
                cells.push(match kind {
                    Kind::Count => format!("{expected:.2} ± {}", error(se, show)),
                    Kind::Share | Kind::Money => mean(expected, se, show),
                });
            }
            None => cells.extend(["–", "–", "–"].map(str::to_owned)),
        }
        cells.push(
            metric
                .target
                .map_or_else(|| "–".to_owned(), |t| format!("{sign} {}", show(t))),
        );
        cells.push(metric.chance.map_or_else(|| "–".to_owned(), chance));
        rows.push(cells);
    };
    for (name, metric, kind) in numbers(h) {
        row(name, metric, kind, if matches!(kind, Kind::Count) { "≤" } else { "≥" });
    }
    align(&rows)
        + "\nExpected: the mean with what the shock and the rates of each future explain taken out, so it errs less.\n"
}

/// The six numbers at the top.
fn numbers(h: &Headline) -> [(&'static str, &Metric, Kind); 6] {
    [
        ("GRR", &h.grr, Kind::Share),
        ("NRR", &h.nrr, Kind::Share),
        ("Logo retention", &h.logo_retention, Kind::Share),
        ("Closing ARR", &h.closing_arr, Kind::Money),
        ("CLTV an account", &h.cltv, Kind::Money),
        ("CSMs needed", &h.csms_needed, Kind::Count),
    ]
}

/// What a number counts.
#[derive(Clone, Copy)]
enum Kind {
    Share,
    Money,
    Count,
}

impl Kind {
    /// The number with the digits its standard error allows.
    fn show(self, x: f64, se: f64, currency: Currency) -> String {
        match self {
            Kind::Share => points(x, decimals(100.0 * se, 1)),
            Kind::Count => format!("{x}"),
            Kind::Money => {
                let before = libm::log10(x.abs().max(1.0)).floor() + 1.0;
                let digits = if se > 0.0 { before + libm::log10(2.0 / se) } else { 4.0 };
                show_money(x, currency, digits.clamp(1.0, 4.0) as usize)
            }
        }
    }
}

/// How sure the quantiles of each number are.
fn quantiles(r: &Results) -> String {
    let currency = Currency::from(r.currency);
    let mut rows = vec![heads(&["", "P5", "median", "P95"])];
    for (name, metric, kind) in numbers(&r.headline) {
        let Some(estimate) = metric.estimate else { continue };
        let cells = quantiles_of(&estimate).map(|(x, interval)| {
            // An end is known better than the quantile between them.
            let show = |end: f64| kind.show(end, reach(x, interval) / 5.0, currency);
            match (interval.low, interval.high) {
                (None, None) => nothing(),
                (None, Some(high)) => format!("below {}", show(high)),
                (Some(low), None) => format!("above {}", show(low)),
                (Some(low), Some(high)) => format!("{} to {}", show(low), show(high)),
            }
        });
        rows.push(std::iter::once(name.to_owned()).chain(cells).collect());
    }
    align(&rows)
}

/// P5, median and P95, each with the values between which it lies.
fn quantiles_of(e: &Estimate) -> [(f64, Interval); 3] {
    [(e.p5, e.sure.p5), (e.p50, e.sure.p50), (e.p95, e.sure.p95)]
}

/// How far a quantile may be off, as a standard error: its interval reaches 1.96 of them.
fn reach(x: f64, interval: Interval) -> f64 {
    let ends = [interval.low, interval.high].into_iter().flatten();
    ends.map(|end| (end - x).abs()).fold(0.0, f64::max) / 1.96
}

/// Where the spread of each number comes from.
fn spread(h: &Headline) -> String {
    let mut rows = vec![heads(&["", "sd", "rates", "shock", "luck"])];
    for (name, metric) in [
        ("GRR", &h.grr),
        ("NRR", &h.nrr),
        ("Logo retention", &h.logo_retention),
        ("Closing ARR", &h.closing_arr),
        ("CLTV an account", &h.cltv),
        ("CSMs needed", &h.csms_needed),
    ] {
        let (Some(v), Some(e)) = (&metric.variance, &metric.estimate) else {
            continue;
        };
        let share = |part: &VariancePart| {
            // What errs by half of the whole says nothing.
            if part.se > 0.5 {
                return "–".to_owned();
            }
            format!(
                "{}% ± {:.0}",
                libm::round(100.0 * part.share) as i64,
                (100.0 * part.se).ceil()
            )
        };
        rows.push(vec![
            name.to_owned(),
            // Relative to the mean, so that shares, money and people stand in one column.
            format!("{:.1}% of mean", 100.0 * v.sd / e.mean.abs().max(f64::MIN_POSITIVE)),
            share(&v.rates),
            share(&v.shock),
            share(&v.luck),
        ]);
    }
    if rows.len() == 1 {
        return String::new();
    }
    format!("\nWhere the variance comes from\n{}", align(&rows))
}

/// What the team keeps and wins, against the same futures without coverage.
fn worth(w: &Worth, horizon: u32, money: &dyn Fn(f64) -> String) -> String {
    let mut rows = vec![heads(&["", "mean ± se", "P5 to P95"])];
    let count = |x: f64| format!("{x:.0}");
    let mut row = |name: &str, e: &Estimate, show: &dyn Fn(f64) -> String| {
        rows.push(vec![
            name.to_owned(),
            mean(e.mean, e.se, show),
            format!("{} to {}", show(e.p5), show(e.p95)),
        ]);
    };
    row("ARR kept", &w.arr_kept, money);
    row("Expansion won", &w.expansion, money);
    row("Closing ARR", &w.closing_arr, money);
    row("Accounts saved", &w.saved, &count);
    row("Saves one would claim", &w.claimed, &count);
    format!("\nBecause of the team, by month {horizon}\n{}", align(&rows))
}

/// Every definition of retention, a column for each contract year.
fn years(r: &Results) -> String {
    let mut rows = vec![windows(r.years.iter().map(|year| (year.from, year.to, year.complete)))];
    let mut row = |name: &str, cell: &dyn Fn(usize) -> String| {
        let cells = (0..r.years.len()).map(cell);
        rows.push(std::iter::once(name.to_owned()).chain(cells).collect());
    };
    row("GRR", &|y| average(r.years[y].grr));
    row("  P5 to P95", &|y| {
        r.years[y]
            .grr
            .map_or_else(nothing, |e| format!("{} to {}", points(e.p5, 1), points(e.p95, 1)))
    });
    row("GRR by movements", &|y| average(r.years[y].grr_movements));
    row("Gross renewal rate", &|y| average(r.years[y].gross_renewal_rate));
    row("NRR", &|y| average(r.years[y].nrr));
    row("  without price uplift", &|y| average(r.years[y].nrr_without_uplift));
    row("  without the top account's growth", &|y| {
        average(r.definitions[y].nrr_without_top1)
    });
    row("  without the top 3", &|y| average(r.definitions[y].nrr_without_top3));
    row("  without the top 5", &|y| average(r.definitions[y].nrr_without_top5));
    row("Logo retention", &|y| average(r.years[y].logo_retention));
    row("Logo renewal rate", &|y| average(r.years[y].logo_renewal_rate));
    align(&rows)
}

/// Why the definitions of the first contract year differ.
fn differences(r: &Results, money: &dyn Fn(f64) -> String) -> String {
    let Some(first) = r.definitions.first() else {
        return String::new();
    };
    let mut rows = vec![heads(&["", "ARR", "change", "ratio"])];
    for difference in &first.differences {
        let end = |name: &str, e: &Estimate| vec![name.to_owned(), String::new(), String::new(), average(Some(*e))];
        rows.push(end(&difference.from, &difference.before));
        for step in &difference.steps {
            let change = step.change.mean;
            rows.push(vec![
                format!("  {}", step.name),
                money(step.amount.mean),
                format!(
                    "{change:+.*}",
                    decimals(100.0 * step.change.se, 2),
                    change = 100.0 * change
                ),
                String::new(),
            ]);
        }
        rows.push(end(&format!("= {}", difference.to), &difference.after));
    }
    align(&rows)
}

/// The mean ARR bridge, a column for each contract year.
fn bridge(r: &Results, money: &dyn Fn(f64) -> String) -> String {
    let mut rows = vec![windows(
        r.bridge
            .iter()
            .zip(&r.years)
            .map(|(b, year)| (b.from, b.to, year.complete)),
    )];
    let mut row = |name: &str, sign: f64, cell: &dyn Fn(&BridgeResult) -> Point| {
        let cells = r.bridge.iter().map(cell).map(|line| {
            let error = if line.se > 0.0 {
                format!(" ± {}", money(line.se))
            } else {
                String::new()
            };
            format!("{}{error}", money(sign * line.value))
        });
        rows.push(std::iter::once(name.to_owned()).chain(cells).collect());
    };
    row("Opening", 1.0, &|b| b.opening);
    row("New accounts", 1.0, &|b| b.new);
    row("Expansion, CSM-led", 1.0, &|b| b.expansion_csm_led);
    row("Expansion, product-led", 1.0, &|b| b.expansion_product_led);
    row("Expansion at renewal", 1.0, &|b| b.expansion_at_renewal);
    row("Price uplift", 1.0, &|b| b.uplift);
    row("Win-back", 1.0, &|b| b.win_back);
    row("Downsell", -1.0, &|b| b.downsell);
    row("Contraction", -1.0, &|b| b.contraction);
    row("Churn", -1.0, &|b| b.churn);
    row("  out of any CSM's reach", -1.0, &|b| b.uncontrollable);
    row("Closing", 1.0, &|b| b.closing);
    align(&rows)
}

fn risk(r: &Results) -> String {
    let now = |share: fn(&Spread) -> f64| r.risk.now.map_or_else(nothing, |spread| points(share(&spread), 1));
    let effective = |x: f64| format!("{x:.1}");
    let close = &r.risk.close;
    let rows = [
        heads(&["", "now", &format!("month {}", r.horizon), "of growth, first year"]),
        vec![
            "Largest account".to_owned(),
            now(|s| s.top1),
            average(close.top1),
            average(r.risk.growth_top1),
        ],
        vec![
            "Top 3".to_owned(),
            now(|s| s.top3),
            average(close.top3),
            average(r.risk.growth_top3),
        ],
        vec![
            "Top 5".to_owned(),
            now(|s| s.top5),
            average(close.top5),
            average(r.risk.growth_top5),
        ],
        vec![
            "Top 10".to_owned(),
            now(|s| s.top10),
            average(close.top10),
            String::new(),
        ],
        vec![
            "Effective accounts".to_owned(),
            r.risk.now.map_or_else(nothing, |s| effective(s.effective_accounts)),
            close.effective_accounts.map_or_else(nothing, |e| effective(e.mean)),
            String::new(),
        ],
    ];
    let tail = r.risk.grr_tail.map_or_else(String::new, |tail| {
        let error = error(tail.se, &|x| points(x, 1));
        format!(
            "  GRR of the worst twentieth of futures in the first contract year: {} ± {error} on average\n",
            points(tail.value, decimals(100.0 * tail.se, 1))
        )
    });
    let why = r.risk.grr_band_why.iter().map(|why| format!("  {why}\n"));
    let warnings = r.risk.warnings.iter().map(|warning| format!("  {warning}\n"));
    align(&rows) + &tail + &why.collect::<String>() + &warnings.collect::<String>()
}

/// What an opening account is worth, by segment and convention, and what winning it costs.
fn value(r: &Results, money: &dyn Fn(f64) -> String) -> String {
    let columns = [
        "",
        "by the month",
        "annual",
        "without first",
        "year later",
        "less cost to serve",
        "beyond",
        "LTV : CAC",
        "payback",
    ];
    let mean = |e: Option<Estimate>| e.map_or_else(nothing, |e| money(e.mean));
    let row = |name: &str, cltv: Option<Estimate>, value: &ValueResult| {
        let beyond = match (&value.perpetuity.share, &value.perpetuity.refused) {
            (Some(share), _) => points(share.value, decimals(100.0 * share.se, 1)),
            (None, Some(_)) => "no end".to_owned(),
            (None, None) => nothing(),
        };
        vec![
            name.to_owned(),
            mean(cltv),
            mean(value.cltv_annual),
            mean(value.cltv_annual_without_first),
            mean(value.cltv_annual_year_later),
            mean(value.cltv_net),
            beyond,
            value.ltv_cac.map_or_else(nothing, |e| format!("{:.1}", e.mean)),
            value
                .payback_months
                .map_or_else(nothing, |months| format!("{months:.0}")),
        ]
    };
    let mut rows = vec![heads(&columns)];
    rows.extend(r.segments.iter().map(|s| row(&s.name, s.cltv, &s.value)));
    rows.push(row("Book", r.headline.cltv.estimate, &r.value));
    align(&rows)
}

fn segments(r: &Results, money: &dyn Fn(f64) -> String) -> String {
    let columns = [
        "",
        "accounts",
        "ARR",
        "GRR",
        "NRR",
        "logo retention",
        "CLTV",
        "hours/year",
    ];
    let mut rows = vec![heads(&columns)];
    for segment in &r.segments {
        let year = segment.years.first();
        rows.push(vec![
            segment.name.clone(),
            grouped(segment.opening_accounts),
            money(segment.opening_arr as f64),
            average(year.and_then(|y| y.grr)),
            average(year.and_then(|y| y.nrr)),
            average(year.and_then(|y| y.logo_retention)),
            segment.cltv.map_or_else(|| "–".to_owned(), |e| money(e.mean)),
            format!("{:.1}", segment.hours_per_account_year),
        ]);
    }
    align(&rows)
}

fn pools(r: &Results) -> String {
    let columns = [
        "",
        "CSMs",
        "needed",
        "utilisation",
        "months over",
        "coverage",
        "accounts/CSM",
        "band",
    ];
    let mut rows = vec![heads(&columns)];
    for pool in &r.pools {
        let Some(year) = pool.years.first() else { continue };
        let number =
            |e: Option<Estimate>, digits: usize| e.map_or_else(|| "–".to_owned(), |e| format!("{:.digits$}", e.mean));
        rows.push(vec![
            pool.touch_model.clone(),
            number(year.headcount, 1),
            number(year.csms_needed, 1),
            average(year.utilisation),
            year.over_capacity.map_or_else(|| "–".to_owned(), |c| points(c.p, 0)),
            average(year.coverage),
            number(year.accounts_per_csm, 0),
            format!("{}–{}", pool.band_low, pool.band_high),
        ]);
    }
    align(&rows)
}

fn team(r: &Results, money: &dyn Fn(f64) -> String) -> String {
    let columns = [
        "months",
        "CSMs",
        "needed",
        "managers",
        "cost",
        "of ARR",
        "of retained ARR",
    ];
    let mut rows = vec![heads(&columns)];
    for year in &r.team {
        let number = |e: Option<Estimate>| e.map_or_else(|| "–".to_owned(), |e| format!("{:.1}", e.mean));
        rows.push(vec![
            format!("{}–{}", year.from, year.to),
            number(year.headcount),
            number(year.csms_needed),
            number(year.managers),
            year.cost.map_or_else(|| "–".to_owned(), |e| money(e.mean)),
            average(year.cost_of_arr),
            year.cost_per_retained
                .map_or_else(|| "–".to_owned(), |e| points(e.mean, 1)),
        ]);
    }
    align(&rows)
}

/// What a ratio over nothing is.
fn nothing() -> String {
    "–".to_owned()
}

/// A head for the names and one for each window.
fn windows(years: impl Iterator<Item = (u32, u32, bool)>) -> Vec<String> {
    let name = |(from, to, complete)| {
        let rest = if complete { "" } else { " (incomplete)" };
        format!("months {from}–{to}{rest}")
    };
    std::iter::once(String::new()).chain(years.map(name)).collect()
}

fn points(x: f64, digits: usize) -> String {
    format!("{:.digits$}%", 100.0 * x)
}

/// A mean as a percentage, to the digits its standard error leaves.
fn average(estimate: Option<Estimate>) -> String {
    estimate.map_or_else(|| "–".to_owned(), |e| points(e.mean, decimals(100.0 * e.se, 1)))
}

fn mean(mean: f64, se: f64, show: &dyn Fn(f64) -> String) -> String {
    let digits = |x: f64| {
        if x.fract() == 0.0 {
            show(x)
        } else {
            show((x * 1e4).round() / 1e4)
        }
    };
    format!("{} ± {}", digits(mean), error(se, show))
}

/// A standard error in the unit of its mean; none where nothing varies, as in a run of one trial.
fn error(se: f64, show: &dyn Fn(f64) -> String) -> String {
    if se == 0.0 {
        return nothing();
    }
    let text = show(1.0);
    if text.ends_with('%') {
        points(se, 2)
    } else if text == "1" {
        format!("{se:.2}")
    } else {
        show(se)
    }
}

fn chance(c: Chance) -> String {
    if c.p == 0.0 {
        format!("< {}", points(c.high, 1))
    } else if c.p == 1.0 {
        format!("> {}", points(c.low, 1))
    } else {
        format!("{} ({} to {})", points(c.p, 0), points(c.low, 1), points(c.high, 1))
    }
}

/// A count with its thousands apart.
fn grouped(n: u32) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn heads(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Columns side by side, the first to the left, the others to the right.
pub(super) fn align(rows: &[Vec<String>]) -> String {
    let width = |c: usize| rows.iter().map(|row| row[c].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    rows.iter()
        .map(|row| {
            let cells = row.iter().zip(&widths).enumerate().map(|(c, (cell, &width))| {
                if c == 0 {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                }
            });
            cells.collect::<Vec<_>>().join("   ").trim_end().to_owned() + "\n"
        })
        .collect()
}
