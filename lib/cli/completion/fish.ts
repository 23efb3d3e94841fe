/** The completion for fish. @module */

import type { CompletedArgument, CompletedOption, CompletedVerb, Completion, Words } from "./model.ts";
import { firstWords, secondWords } from "./model.ts";

/** One `complete` for each word. fish itself does without it where a line is not to its mind. */
export function fishCompletion(known: Completion): string {
  const valued = known.common.filter(({ value }) => value !== undefined).flatMap(forms);
  const seconds = secondWords(known);
  return `# fish completion of evtchn, as \`evtchn completion fish\` prints it

# The words of the line: the verb, which may be two words, and its arguments, without options and without their values.
function __evtchn_words
	set -l words
	set -l skip
	set -l valued ${list(valued)}
	for word in (commandline -opc)[2..]
		if set -q skip[1]
			set skip
		else if string match -q -- '-*' $word
			contains -- $word $valued; and set skip yes
		else
			set -a words $word
			switch "$words"
${known.verbs.flatMap(ownValued).join("\n")}
			end
		end
	end
	test (count $words) -gt 0; and printf '%s\\n' $words
end

# Whether the line has this verb, and so many arguments behind it: any number without $argv[2].
function __evtchn_at
	set -l words (__evtchn_words)
	set -l verb (string split ' ' -- $argv[1])
	set -l length (count $verb)
	test (count $words) -ge $length; or return 1
	test "$words[1..$length]" = "$argv[1]"; or return 1
	set -q argv[2]; or return 0
	test (math (count $words) - $length) -eq $argv[2]
end

# Whether there is no verb yet.
function __evtchn_none
	test (count (__evtchn_words)) -eq 0
end

# What this host, or the session, has of a kind: what does not answer within a second is not waited for.
function __evtchn_ask
	set -l where
	set -l words (commandline -opc)
	for i in (seq 2 (count $words))
		switch $words[$i]
		case ${list(known.common.filter(({ value }) => value === undefined).flatMap(forms))} '--*=*'
			set -a where $words[$i]
		case ${list(valued)}
			set -a where $words[$i..(math $i + 1)]
		end
	end
	set -l limit
	command -q timeout; and set limit timeout 1
	$limit $words[1] $where complete $argv[1] </dev/null 2>/dev/null
end

complete -c evtchn -f
${known.common.map((option) => optionLine(undefined, option)).join("\n")}
${firstWords(known).map((word) => firstLine(word, known)).join("\n")}
complete -c evtchn -n __evtchn_none -a help -d ${quoted("Say more of a command")}
complete -c evtchn -n ${quoted("__evtchn_at help 0")} -a ${quoted(known.topics.join(" "))}
${[...seconds].flatMap(([first, verbs]) => verbs.map((verb) => secondLine(first, verb))).join("\n")}
${known.verbs.flatMap(verbLines).join("\n")}
`;
}

/** Which options of a verb take the next word, once the verb is there. */
function ownValued({ name, options }: CompletedVerb): string[] {
  const own = options.filter(({ value }) => value !== undefined).flatMap(forms);
  return own.length === 0 ? [] : [`\t\t\tcase ${quoted(name)}`, `\t\t\t\tset -a valued ${list(own)}`];
}

function firstLine(word: string, { verbs }: Completion): string {
  const verb = verbs.find(({ name }) => name === word);
  const about = verb?.brief ?? verbs.filter(({ name }) => name.startsWith(`${word} `))
    .map(({ name }) => name.slice(word.length + 1)).join(", ");
  return `complete -c evtchn -n __evtchn_none -a ${word} -d ${quoted(about)}`;
}

function secondLine(first: string, { name, brief }: CompletedVerb): string {
  const word = name.slice(first.length + 1);
  return `complete -c evtchn -n ${quoted(`__evtchn_at ${first} 0`)} -a ${word} -d ${quoted(brief)}`;
}

function verbLines({ name, options, first, each }: CompletedVerb): string[] {
  return [
    ...options.map((option) => optionLine(name, option)),
    ...first.flatMap((argument, i) => argumentLine(`__evtchn_at '${name}' ${i}`, argument)),
    ...each === undefined ? [] : argumentLine(`__evtchn_at '${name}'`, each),
  ];
}

function argumentLine(condition: string, { words }: CompletedArgument): string[] {
  const offered = offer(words);
  return offered === "" ? [] : [`complete -c evtchn -n "${condition}"${offered}`];
}

function optionLine(verb: string | undefined, { name, short, brief, value }: CompletedOption): string {
  return [
    "complete -c evtchn",
    ...verb === undefined ? [] : [`-n "__evtchn_at '${verb}'"`],
    `-l ${name.slice(2)}`,
    ...short === undefined ? [] : [`-s ${short.slice(1)}`],
    `-d ${quoted(brief)}`,
  ].join(" ") + (value === undefined ? "" : ` -r${offer(value.words) || " -f"}`);
}

/** What \`complete\` is told of the words, behind a blank. */
function offer(words: Words): string {
  switch (words) {
    case "files":
      return " -F";
    case "programs":
    case "nothing":
      return "";
    case "domains":
    case "ports":
    case "channels":
      return ` -f -k -a '(__evtchn_ask ${words})'`;
    default:
      return ` -f -a ${quoted(words.join(" "))}`;
  }
}

function forms({ name, short }: CompletedOption): string[] {
  return short === undefined ? [name] : [name, short];
}

function list(words: readonly string[]): string {
  return words.map(quoted).join(" ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
