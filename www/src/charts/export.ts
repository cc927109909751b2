/** A chart as a file of its own, looking as it does on the page. */

const LOOK = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-opacity',
  'stroke-width',
  'stroke-dasharray',
  // Not the shorthand, which a browser leaves empty where the figures are tabular.
  'font-family',
  'font-size',
  'font-weight',
  'font-variant-numeric',
  'text-anchor',
  'paint-order',
  'opacity',
];

/** Pixels for each unit of the drawing, so that a print is sharp. */
const SHARPNESS = 2;
const MARGIN = 12;
/** Room for the title. */
const HEAD = 28;

export function save_svg(paper: HTMLElement, title: string): void {
  save(new Blob([write(paper, title)], { type: 'image/svg+xml' }), `${file_name(title)}.svg`);
}

export async function save_png(paper: HTMLElement, title: string): Promise<void> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(write(paper, title))}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.width * SHARPNESS;
  canvas.height = image.height * SHARPNESS;
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('the browser gives no canvas to draw on');
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob !== null) save(blob, `${file_name(title)}.png`);
}

/** Offers a file for saving. */
export function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Some browsers read it only after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function file_name(title: string): string {
  const name = title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '');
  return name || 'retaincast';
}

/** The drawings on a paper as one, under its title, each where it is on the page. */
function write(paper: HTMLElement, title: string): string {
  const { left, top, width, height } = paper.getBoundingClientRect();
  const { color, fontFamily } = getComputedStyle(paper);
  const [wide, high] = [width + 2 * MARGIN, height + 2 * MARGIN + HEAD];
  const whole = element('svg', { viewBox: `0 0 ${wide} ${high}`, width: wide, height: high });
  const ground = getComputedStyle(paper.closest('figure') ?? paper).backgroundColor;
  whole.append(element('rect', { width: '100%', height: '100%', fill: ground }));

  const words = (text: string, x: number, y: number, size: number) => {
    const line = element('text', { x, y, fill: color, 'font-family': fontFamily, 'font-size': size });
    line.setAttribute('font-weight', '600');
    line.textContent = text;
    whole.append(line);
  };
  words(title, MARGIN, MARGIN + 14, 16);

  const drawings = [...paper.querySelectorAll('svg')];
  for (const drawing of drawings) {
    const place = drawing.getBoundingClientRect();
    const [x, y] = [place.left - left + MARGIN, place.top - top + MARGIN + HEAD];
    const copy = dressed(drawing);
    copy.setAttribute('x', String(x));
    copy.setAttribute('y', String(y));
    whole.append(copy);
    // What tells several drawings apart stands outside of them on the page.
    if (drawings.length > 1) words(drawing.querySelector('title')?.textContent ?? '', x, y - 4, 12);
  }
  return new XMLSerializer().serializeToString(whole);
}

function element(name: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

/** A copy with its look written into it: a file has no stylesheet. */
function dressed(drawing: SVGSVGElement): SVGSVGElement {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const originals = [drawing, ...drawing.querySelectorAll<SVGElement>('*')];
  const copies = [copy, ...copy.querySelectorAll<SVGElement>('*')];
  for (const [i, original] of originals.entries()) {
    const style = getComputedStyle(original);
    for (const name of LOOK) copies[i]?.style.setProperty(name, style.getPropertyValue(name));
  }
  return copy;
}
