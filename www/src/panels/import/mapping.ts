/** Which header holds which field, as a person corrects it. */
import type { ColumnOutput, MappingInput } from '../../wasm/retaincast';

/** The mapping after a header was given another field; no field at all leaves the header out. */
export function remapped(
  mapping: readonly MappingInput[],
  column: Pick<ColumnOutput, 'header' | 'field'>,
  field: string,
): MappingInput[] {
  const { header, field: before } = column;
  const others = mapping.filter((stated) => stated.field !== field && stated.field !== before);
  return [
    ...others,
    // What the header was recognised as must be said to be elsewhere, or it would be recognised again.
    ...(before === undefined ? [] : [{ field: before, header: '' }]),
    ...(field === '' ? [] : [{ field, header }]),
  ];
}

/** Rows of texts as a CSV file that spreadsheets open. */
export function csv(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number) => {
    const text = String(value);
    // A leading sign of a formula would be run by the spreadsheet that opens the file.
    const safe = /^[=+\-@]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}
