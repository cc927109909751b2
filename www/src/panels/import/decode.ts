/** The text of a file somebody brings, whatever it was saved as. */

/** A larger file is refused before it is read. */
export const MOST_BYTES = 64 * 1024 * 1024;

export type Decoded = { text: string } | { fault: string };

/** Why a file is not even read. */
export function refusal(name: string, bytes: number): string | undefined {
  if (bytes > MOST_BYTES)
    return `${name} has ${Math.ceil(bytes / 1024 / 1024)} MB, more than the 64 MB that can be read`;
  if (/\.(xlsx?|xlsm|xlsb|ods|numbers)$/i.test(name)) return workbook(name);
  return undefined;
}

const workbook = (name: string) =>
  `${name} is a workbook, which is not read yet: save its sheet as CSV and bring that`;

/** The text behind bytes: by its byte order mark, else UTF-8, else as old spreadsheets on Windows write it. */
export function decode(name: string, bytes: Uint8Array): Decoded {
  // The mark of a zip archive, which every modern workbook is.
  if (bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 0x03) return { fault: workbook(name) };
  const encoding = marked(bytes);
  if (encoding !== undefined) return { text: new TextDecoder(encoding).decode(bytes) };
  try {
    return whole(name, new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return whole(name, new TextDecoder('windows-1252').decode(bytes));
  }
}

/** No text holds the zero byte; files that are no text nearly always do. */
const whole = (name: string, text: string): Decoded =>
  text.includes('\0') ? { fault: `${name} is not text: save it as CSV and bring that` } : { text };

function marked(bytes: Uint8Array): string | undefined {
  const [a, b, c] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  // Without a mark: letters of UTF-16 have a zero byte each, before or after.
  if (a === 0 && b !== 0 && c === 0) return 'utf-16be';
  if (a !== 0 && b === 0 && bytes[3] === 0) return 'utf-16le';
  return undefined;
}
