use std::collections::BTreeMap;

use super::cells::is_blank;
use super::columns::{self, Field};
use super::{Column, MAX_BYTES, Problem, Recognised, Rejected, Table};

/// One line of a table, cut into cells.
pub(super) struct Row {
    /// Where it stands in the file; the first line is 1.
    pub(super) line: u64,
    cells: csv::StringRecord,
}

/// A table cut into cells, its columns recognised.
pub(super) struct Sheet<'a> {
    pub(super) name: &'a str,
    pub(super) headers: Vec<String>,
    fields: Vec<Option<Field>>,
    pub(super) semicolons: bool,
    pub(super) rows: Vec<Row>,
    /// Rows that are not as wide as the header.
    pub(super) ragged: Vec<Rejected>,
}

impl<'a> Sheet<'a> {
    /// Cuts a table into rows.
    pub(super) fn open(table: &Table<'a>, mapping: &BTreeMap<Field, String>) -> Result<Sheet<'a>, Problem> {
        let mut sheet = Sheet::header(table, mapping)?;
        let Some(mut body) = Body::of(table.text) else {
            return Err(Problem::Empty {
                table: table.name.to_string(),
            });
        };
        body.next();
        let width = sheet.headers.len();
        for row in body {
            if row.cells.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if row.cells.len() == width {
                sheet.rows.push(row);
            } else {
                sheet.ragged.push(ragged(table.name, &row, width));
            }
        }
        if sheet.rows.is_empty() && sheet.ragged.is_empty() {
            return Err(Problem::NoRows {
                table: table.name.to_string(),
            });
        }
        Ok(sheet)
    }

    /// Reads the header alone.
    pub(super) fn header(table: &Table<'a>, mapping: &BTreeMap<Field, String>) -> Result<Sheet<'a>, Problem> {
        let bytes = table.text.len() as u64;
        if bytes > MAX_BYTES {
            return Err(Problem::TooLarge {
                table: table.name.to_string(),
                bytes,
            });
        }
        let empty = || Problem::Empty {
            table: table.name.to_string(),
        };
        let mut body = Body::of(table.text).ok_or_else(empty)?;
        let semicolons = body.separator == b';';
        let first = body.next().ok_or_else(empty)?;
        let headers: Vec<String> = first.cells.iter().map(|cell| cell.trim().to_string()).collect();
        let fields = columns::recognise(&headers, mapping);
        Ok(Sheet {
            name: table.name,
            headers,
            fields,
            semicolons,
            rows: Vec::new(),
            ragged: Vec::new(),
        })
    }

    pub(super) fn has(&self, field: Field) -> bool {
        self.column_of(field).is_some()
    }

    fn column_of(&self, field: Field) -> Option<usize> {
        self.fields.iter().position(|&held| held == Some(field))
    }

    /// The header of the column that holds a field.
    pub(super) fn header_of(&self, field: Field) -> Option<&str> {
        self.column_of(field).map(|column| self.headers[column].as_str())
    }

    /// What a row says of a field, `None` when it says nothing.
    pub(super) fn cell<'r>(&self, row: &'r Row, field: Field) -> Option<&'r str> {
        self.text(row, field).filter(|cell| !is_blank(cell))
    }

    /// What stands in the cell of a field, `None` when nothing does; `n/a` and the like are text.
    pub(super) fn text<'r>(&self, row: &'r Row, field: Field) -> Option<&'r str> {
        let cell = row.cells.get(self.column_of(field)?)?.trim();
        (!cell.is_empty()).then_some(cell)
    }

    /// The columns with what they hold, for a person to check.
    pub(super) fn recognised(&self) -> Recognised {
        let example = |column: usize| {
            let cells = self.rows.iter().map(|row| row.cells.get(column).unwrap_or("").trim());
            cells.into_iter().find(|cell| !cell.is_empty()).map(short)
        };
        Recognised {
            table: self.name.to_string(),
            columns: (0..)
                .zip(self.headers.iter().zip(&self.fields))
                .map(|(column, (header, &field))| Column {
                    header: header.clone(),
                    field,
                    example: example(column),
                })
                .collect(),
        }
    }
}

/// As much of a cell as a list has room for.
pub(super) fn short(cell: &str) -> String {
    const ROOM: usize = 80;
    match cell.char_indices().nth(ROOM) {
        Some((end, _)) => format!("{}…", &cell[..end]),
        None => cell.to_string(),
    }
}

fn ragged(table: &str, row: &Row, width: usize) -> Rejected {
    let fields = row.cells.len();
    let quote = if row.cells.iter().any(|cell| cell.contains('\n')) {
        ": a quotation mark may be missing"
    } else {
        ""
    };
    let plural = if fields == 1 { "" } else { "s" };
    Rejected {
        table: table.to_string(),
        line: row.line,
        column: None,
        value: short(&row.cells.iter().collect::<Vec<_>>().join(",")),
        reason: format!("the line has {fields} field{plural}, the header has {width}{quote}"),
    }
}

/// The lines of a text, each with its number.
///
/// The csv crate gives a record the line on which the one before it ended when lines end in CR LF, so the lines are
/// counted here, from the byte at which each record starts.
struct Body<'a> {
    separator: u8,
    text: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
    /// How far lines have been counted, and the line there.
    counted: usize,
    line: u64,
}

impl<'a> Body<'a> {
    /// `None` when there is not a single line with something on it.
    fn of(text: &'a str) -> Option<Body<'a>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (text, line, told) = match excel_separator(text) {
            Some((separator, rest)) => (rest, 2, Some(separator)),
            None => (text, 1, None),
        };
        if text.trim().is_empty() {
            return None;
        }
        let separator = told.unwrap_or_else(|| sniff(text));
        Some(Body {
            separator,
            text: text.as_bytes(),
            reader: reader(text, separator),
            counted: 0,
            line,
        })
    }

    fn line_at(&mut self, byte: u64) -> u64 {
        let start = usize::try_from(byte).unwrap_or(usize::MAX).min(self.text.len());
        // a record is said to start at the line breaks before it
        let breaks = self.text[start..]
            .iter()
            .take_while(|b| matches!(b, b'\r' | b'\n'))
            .count();
        let passed = &self.text[self.counted..(start + breaks).max(self.counted)];
        let before = self.counted.checked_sub(1).map(|last| self.text[last]);
        let mut last = before.unwrap_or(b' ');
        for &byte in passed {
            let second_half = byte == b'\n' && last == b'\r';
            self.line += u64::from(matches!(byte, b'\r' | b'\n') && !second_half);
            last = byte;
        }
        self.counted += passed.len();
        self.line
    }
}

impl Iterator for Body<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        let mut cells = csv::StringRecord::new();
        // reading text from memory cannot fail: it is UTF-8, and any width is taken
        match self.reader.read_record(&mut cells) {
            Ok(true) => {
                let byte = cells.position().map_or(0, csv::Position::byte);
                Some(Row {
                    line: self.line_at(byte),
                    cells,
                })
            }
            Ok(false) | Err(_) => None,
        }
    }
}

fn reader(text: &str, separator: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
}

/// The line `sep=;` that Excel reads and writes before the header.
fn excel_separator(text: &str) -> Option<(u8, &str)> {
    let rest = text.strip_prefix("sep=").or_else(|| text.strip_prefix("SEP="))?;
    let separator = *rest.as_bytes().first().filter(|b| b",;\t".contains(b))?;
    let rest = &rest[1..];
    rest.strip_prefix("\r\n")
        .or_else(|| rest.strip_prefix('\n'))
        .map(|rest| (separator, rest))
}

/// The separator under which most headers are recognised, else the one that makes most columns.
fn sniff(text: &str) -> u8 {
    let score = |separator: u8| {
        let mut record = csv::StringRecord::new();
        if !matches!(reader(text, separator).read_record(&mut record), Ok(true)) {
            return (0, 0);
        }
        let headers: Vec<String> = record.iter().map(|cell| cell.trim().to_string()).collect();
        let known = columns::recognise(&headers, &BTreeMap::new())
            .into_iter()
            .flatten()
            .count();
        (known, headers.len())
    };
    let mut best = (b',', score(b','));
    for separator in [b';', b'\t'] {
        let found = score(separator);
        if found > best.1 {
            best = (separator, found);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(text: &str) -> Result<Sheet<'_>, Problem> {
        Sheet::open(&Table { name: "book.csv", text }, &BTreeMap::new())
    }

    fn lines(text: &str) -> Vec<(u64, String)> {
        let sheet = open(text).unwrap();
        sheet
            .rows
            .iter()
            .map(|row| (row.line, sheet.cell(row, Field::Name).unwrap_or("").to_string()))
            .collect()
    }

    #[test]
    fn rows_know_their_line_whatever_ends_the_lines() {
        let expected = [(2, "a".to_string()), (4, "b\nc".to_string()), (6, "d".to_string())];
        let text = "Name,ARR\na,1\n\n\"b\nc\",2\nd,3\n";
        assert_eq!(lines(text), expected);
        assert_eq!(lines(&text.replace("\n\n", "\n,\n")), expected);
        let windows = text.replace('\n', "\r\n");
        let found = lines(&windows);
        assert_eq!(found.iter().map(|row| row.0).collect::<Vec<_>>(), [2, 4, 6]);
        assert_eq!(
            lines("Name,ARR\ra,1\rb,2").iter().map(|row| row.0).collect::<Vec<_>>(),
            [2, 3]
        );
        assert_eq!(lines("\n\nName,ARR\na,1")[0].0, 4);
    }

    #[test]
    fn a_byte_order_mark_is_not_part_of_the_first_header() {
        assert_eq!(open("\u{feff}Name,ARR\na,1").unwrap().headers, ["Name", "ARR"]);
    }

    #[test]
    fn semicolons_and_tabs_separate_too() {
        for text in [
            "Name;ARR\na;1,5",
            "Name\tARR\na\t1,5",
            "sep=;\nName;ARR\na;1,5",
            "\"Name, long\";ARR\na;1,5",
        ] {
            let sheet = open(text).unwrap();
            assert_eq!(sheet.headers.len(), 2, "{text}");
            assert_eq!(sheet.cell(&sheet.rows[0], Field::Arr), Some("1,5"));
        }
        assert_eq!(open("sep=;\r\nName;ARR\r\na;1").unwrap().rows[0].line, 3);
    }

    #[test]
    fn a_row_of_another_width_is_rejected_with_its_line() {
        let sheet = open("Name,ARR\na,1\nb\nc,1,2\n\"d,1\ne,2\n").unwrap();
        assert_eq!(sheet.rows.len(), 1);
        let said: Vec<_> = sheet.ragged.iter().map(|row| (row.line, row.reason.as_str())).collect();
        assert_eq!(
            said,
            [
                (3, "the line has 1 field, the header has 2"),
                (4, "the line has 3 fields, the header has 2"),
                (
                    5,
                    "the line has 1 field, the header has 2: a quotation mark may be missing"
                ),
            ]
        );
    }

    #[test]
    fn nothing_and_a_header_alone_are_problems() {
        for text in ["", "\u{feff}", " \r\n\n", "sep=;\n"] {
            assert!(matches!(open(text), Err(Problem::Empty { .. })), "{text:?}");
        }
        for text in ["Name,ARR", "Name,ARR\n,\n\n"] {
            assert!(matches!(open(text), Err(Problem::NoRows { .. })), "{text:?}");
        }
    }

    #[test]
    fn a_long_cell_is_cut_at_a_character() {
        assert_eq!(short(&"é".repeat(81)), format!("{}…", "é".repeat(80)));
        assert_eq!(short("é"), "é");
    }
}
