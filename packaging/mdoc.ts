/** Text in mdoc, the language of manual pages. @module */

/** mandoc wants lines of at most this many bytes. */
const WIDTH = 78;

/** The head of a page. `date` is shown at its foot. */
export function head(name: string, section: number, date: Date, about: string): string {
  const day = date.toLocaleDateString("en-US", { month: "long", day: "numeric", year: "numeric", timeZone: "UTC" });
  return `.Dd ${day}
.Dt ${name.toUpperCase()} ${section}
.Os
.Sh NAME
.Nm ${name}
.Nd ${about}
`;
}

/** A paragraph: each sentence begins in a line of its own, \`code\` is bold. */
export function prose(text: string): string {
  return text.replace(/\s+/g, " ").trim().split(/(?<=[.!?][)"'\]]*) (?=\S)/).flatMap(lines).join("\n") + "\n";
}

/** Lines as they are. */
export function literal(text: string): string {
  return `.Bd -literal -offset indent\n${text.trimEnd().split("\n").map(verbatim).join("\n")}\n.Ed\n`;
}

/** A list of heads, which are macros or text, and what is said of each. */
export function tagged(rows: readonly (readonly [head: string, body: string])[]): string {
  return `.Bl -tag -width Ds\n${rows.map(([head, body]) => `.It ${head}\n${body}`).join("")}.El\n`;
}

/** Words for behind a macro, which would take words of two or three letters for macros. */
export function words(text: string): string {
  return text.split(" ").map((word) => escaped(word).replace(/^(?=[A-Z][A-Za-z][a-z]?$|[.,:;()[\]?!|]$)/, "\\&")).join(
    " ",
  );
}

/** What is bold in a head of a list. */
export function bold(text: string): string {
  return `Sy ${words(text)}`;
}

/** The whole page: a paragraph does not begin where a section does. */
export function page(parts: readonly string[]): string {
  return parts.join("").replace(/^(\.S[hs] .*\n)\.Pp\n/gm, "$1").replace(/^\.Pp\n(?=\.(?:Sh|Ss|Bl) )/gm, "");
}

/** Text of a page of Markdown below its title: headings, paragraphs, lists, tables and fences. */
export function fromMarkdown(markdown: string): string {
  const blocks = markdown.replace(/^# .*\n/, "").split(/(^```[^]*?^```$)|\n{2,}/m);
  return blocks.filter((block) => block !== undefined && block.trim() !== "").map((block) => blockOf(block.trim()))
    .join("");
}

function blockOf(block: string): string {
  if (block.startsWith("```")) return literal(block.replace(/^.*\n/, "").replace(/\n```$/, ""));
  const [, marks, title] = /^(#+) (.*)$/.exec(block) ?? [];
  if (marks === "##") return `.Sh ${words(plain(title))}\n`;
  if (marks !== undefined) return `.Ss ${words(plain(title))}\n`;
  if (block.startsWith("|")) return table(block.split("\n"));
  if (!block.startsWith("- ")) return `.Pp\n${prose(marked(block))}`;
  const items = block.split(/^- /m).filter((item) => item !== "");
  return `.Bl -bullet\n${items.map((item) => `.It\n${prose(marked(item))}`).join("")}.El\n`;
}

/** A table as a list: what stands in the first column, and behind it the others. */
function table([, , ...rows]: readonly string[]): string {
  return tagged(rows.map((row) => {
    const [first, ...others] = row.slice(1, -1).split(/(?<!\\) ?\| ?/).map((cell) => cell.trim());
    return [bold(plain(first)), prose(marked(others.filter((cell) => cell !== "").join(": ")))];
  }));
}

/** Markdown without marks that a manual page cannot show. */
function marked(text: string): string {
  return text.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/\*\*([^*]*)\*\*/g, "`$1`").replaceAll("\\|", "|");
}

function plain(text: string): string {
  return marked(text).replaceAll("`", "");
}

function lines(sentence: string): string[] {
  const found: string[] = [];
  let line = "";
  for (const word of inline(sentence).split(" ")) {
    if (line !== "" && line.length + 1 + word.length > WIDTH) {
      found.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...found, line].map(guarded);
}

function inline(text: string): string {
  return text.split(/(`[^`]+`)/).map((part) =>
    /^`[^`]+`$/.test(part) ? `\\fB${escaped(part.slice(1, -1))}\\fR` : escaped(part)
  ).join("");
}

function verbatim(line: string): string {
  return guarded(escaped(line));
}

/** A line that begins with a mark of a macro, as text. */
function guarded(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\e").replace(
    /(^|[\s"'(=|[])(-+)(?=\w|\s|$)/g,
    (_, before, dashes) => before + "\\-".repeat(dashes.length),
  ).replace(/[^\x20-\x7e\n]/gu, (each) => `\\[u${each.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`);
}
