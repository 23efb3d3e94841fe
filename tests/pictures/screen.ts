/**
 * A screen of a terminal as a picture: SVG, the same text giving the same picture everywhere.
 *
 * @module
 */

/** One cell, pixels. */
const [WIDTH, HEIGHT] = [8, 18];

/** Around the text, and above it for the window's bar. */
const [MARGIN, BAR] = [14, 30];

/** Where letters stand in their row. */
const BASELINE = 13;

const COLOURS = { text: "#d8dee9", dim: "#7b879d", cyan: "#88d0e0", yellow: "#ebcb8b" } as const;

type Colour = keyof typeof COLOURS;

/** The colours by the sequences that begin them, as `@std/fmt/colors` writes them. */
const SEQUENCES: Readonly<Record<string, Colour>> = {
  "2": "dim",
  "22": "text",
  "33": "yellow",
  "36": "cyan",
  "39": "text",
};

/** Bars from an eighth of a row to a whole one. They are drawn: fonts leave gaps between them. */
const BLOCKS = "▁▂▃▄▅▆▇█";

/** A run of characters of one colour. */
interface Run {
  readonly column: number;
  readonly text: string;
  readonly colour: Colour;
}

/**
 * Draws a screen.
 *
 * @param title What stands in the window's bar, and what the picture is called for those who cannot see it.
 * @param lines Its lines, colours as SGR sequences.
 * @param columns How wide it is.
 * @throws {SyntaxError} On a sequence that is no colour of ours.
 */
export function screenSvg(title: string, lines: readonly string[], columns: number): string {
  const [width, height] = [columns * WIDTH + 2 * MARGIN, lines.length * HEIGHT + BAR + MARGIN];
  const drawn = lines.flatMap((line, row) => runsOf(line).flatMap((run) => draw(run, row)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `role="img" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="13">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#20242d"/>`,
    `<text x="${width / 2}" y="19" fill="${COLOURS.dim}" text-anchor="middle">${escaped(title)}</text>`,
    ...drawn,
    "</svg>",
    "",
  ].join("\n");
}

function runsOf(line: string): Run[] {
  const runs: Run[] = [];
  let [column, colour]: [number, Colour] = [0, "text"];
  // deno-lint-ignore no-control-regex
  for (const [, sequence, text = ""] of line.matchAll(/\x1b\[(\d*)m|([^\x1b]+)/g)) {
    if (sequence !== undefined) {
      if (SEQUENCES[sequence] === undefined) throw new SyntaxError(`No such colour: ${sequence}`);
      colour = SEQUENCES[sequence];
    } else {
      runs.push({ column, text, colour });
      column += text.length;
    }
  }
  return runs;
}

/** A run as words, each where its column is, and bars. */
function draw({ column, text, colour }: Run, row: number): string[] {
  const top = BAR + row * HEIGHT;
  const pieces = text.matchAll(new RegExp(`[${BLOCKS}]|[^\\s${BLOCKS}]+(?: [^\\s${BLOCKS}]+)*`, "g"));
  return [...pieces].map(({ 0: piece, index }) => {
    const x = MARGIN + (column + index) * WIDTH;
    const level = BLOCKS.indexOf(piece) + 1;
    if (level === 0) {
      return `<text x="${x}" y="${top + BASELINE}" textLength="${piece.length * WIDTH}" ` +
        `fill="${COLOURS[colour]}">${escaped(piece)}</text>`;
    }
    const high = (HEIGHT - 2) * level / BLOCKS.length;
    return `<rect x="${x}" y="${top + HEIGHT - 1 - high}" width="${WIDTH - 1}" height="${high}" ` +
      `fill="${COLOURS[colour]}"/>`;
  });
}

const escaped = (text: string) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
