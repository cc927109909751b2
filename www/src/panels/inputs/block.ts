/** Blocks of cells as spreadsheets put them on the clipboard. */

/** The rows of a block: tabs between cells, line ends between rows, quotes around cells that hold either. */
export function parseBlock(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const endRow = () => {
    rows.push([...row, cell]);
    row = [];
    cell = '';
  };
  const source = text.replaceAll('\r\n', '\n').replaceAll('\r', '\n');
  for (let i = 0; i < source.length; i++) {
    const c = source.charAt(i);
    if (quoted) {
      if (c !== '"') cell += c;
      else if (source.charAt(i + 1) === '"') cell += source.charAt(++i);
      else quoted = false;
    } else if (c === '"' && cell === '') quoted = true;
    else if (c === '\t') {
      row.push(cell);
      cell = '';
    } else if (c === '\n') endRow();
    else cell += c;
  }
  // Spreadsheets end the last row too.
  if (cell !== '' || row.length > 0) endRow();
  return rows.map((cells) => cells.map((value) => value.trim()));
}

/** Whether a text is more than one cell. */
export function isBlock(rows: readonly (readonly string[])[]): boolean {
  return rows.length > 1 || rows.some((row) => row.length > 1);
}
