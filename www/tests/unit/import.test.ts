/** What surrounds an import: encodings, refusals, mappings, the lists people take away. */
import { expect, test } from 'vitest';
import { decode, MOST_BYTES, refusal } from '../../src/panels/import/decode';
import { byKind, reasonKind } from '../../src/panels/import/kinds';
import { csv, remapped } from '../../src/panels/import/mapping';

const text = 'Account,ARR\nMüller,£1\n';

function utf16(little: boolean, mark: boolean): Uint8Array {
  const units = [...(mark ? '\ufeff' : ''), ...text].map((c) => c.charCodeAt(0));
  return Uint8Array.from(units.flatMap((u) => (little ? [u & 255, u >> 8] : [u >> 8, u & 255])));
}

test('text is read in every encoding spreadsheets write', () => {
  const utf8 = new TextEncoder().encode(text);
  const windows = Uint8Array.from([...text].map((c) => c.charCodeAt(0)));
  const marked = Uint8Array.from([0xef, 0xbb, 0xbf, ...utf8]);
  for (const bytes of [
    utf8,
    windows,
    marked,
    utf16(true, true),
    utf16(false, true),
    utf16(true, false),
    utf16(false, false),
  ])
    expect(decode('a.csv', bytes)).toEqual({ text });
});

test('what is no text is refused in a sentence', () => {
  const zip = Uint8Array.from([0x50, 0x4b, 3, 4]);
  expect(decode('book.csv', zip)).toEqual({
    fault: 'book.csv is a workbook, which is not read yet: save its sheet as CSV and bring that',
  });
  const image = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0]);
  expect(decode('a.csv', image)).toEqual({ fault: 'a.csv is not text: save it as CSV and bring that' });
});

test('a file too large or of another kind is refused before it is read', () => {
  expect(refusal('a.csv', MOST_BYTES)).toBeUndefined();
  expect(refusal('a.csv', MOST_BYTES + 1)).toBe('a.csv has 65 MB, more than the 64 MB that can be read');
  for (const name of ['a.xlsx', 'a.XLS', 'a.ods', 'a.numbers'])
    expect(refusal(name, 1)).toContain('save its sheet as CSV');
});

test('a header takes another field, and the field it was taken for is left out', () => {
  const column = { header: 'Value', field: 'mrr' };
  expect(remapped([], column, 'arr')).toEqual([
    { field: 'mrr', header: '' },
    { field: 'arr', header: 'Value' },
  ]);
  expect(remapped([], column, '')).toEqual([{ field: 'mrr', header: '' }]);
  expect(remapped([], { header: 'Value', field: undefined }, 'arr')).toEqual([
    { field: 'arr', header: 'Value' },
  ]);
});

test('what was corrected before stays, except for the fields at hand', () => {
  const before = [
    { field: 'arr', header: 'Amount' },
    { field: 'name', header: 'Company' },
  ];
  expect(remapped(before, { header: 'Value', field: undefined }, 'arr')).toEqual([
    { field: 'name', header: 'Company' },
    { field: 'arr', header: 'Value' },
  ]);
});

test('a list is written as CSV that no spreadsheet runs as a formula', () => {
  expect(
    csv([
      ['line', 'value'],
      [2, '=cmd|x'],
      [3, 'a,"b"\nc'],
    ]),
  ).toBe('line,value\r\n2,\'=cmd|x\r\n3,"a,""b""\nc"\r\n');
});

test('reasons differ by column and rule, not by what stands in the cell', () => {
  const kind = (reason: string, column?: string) => reasonKind({ column, reason });
  expect(kind('`n/a` is not an amount', 'ARR')).toBe('ARR: is not an amount');
  expect(kind('`A` repeats line 2', 'Id')).toBe(kind('`B` repeats line 31', 'Id'));
  expect(kind('the line has 1 field, the header has 6')).toBe(
    kind('the line has 5 fields, the header has 6'),
  );
  expect(kind('the account `A` was rejected on line 4', 'Id')).toBe(
    'Id: the account … was rejected on line …',
  );
});

test('the most frequent kind comes first', () => {
  expect(byKind(['a', 'b', 'bb', 'c'], (word) => word.charAt(0)).map(({ about }) => about)).toEqual([
    'b',
    'a',
    'c',
  ]);
});
