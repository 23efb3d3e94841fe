/** The completion for zsh. @module */

import type { CompletedArgument, CompletedOption, CompletedVerb, Completion, Words } from "./model.ts";
import { ASKED, firstWords, secondWords } from "./model.ts";

/** A file for a folder of \`fpath\`; it can be sourced too, behind compinit. */
export function zshCompletion(known: Completion): string {
  const seconds = secondWords(known);
  return `#compdef evtchn
# zsh completion of evtchn, as \`evtchn completion zsh\` prints it

# What this host, or the session, has of a kind: what does not answer within a second is not waited for.
_evtchn_ask() {
	local -a limit lines heads
	(( $+commands[timeout] )) && limit=(timeout 1)
	lines=(\${(f)"$($limit $evtchn $where complete $1 </dev/null 2>/dev/null)"})
	heads=(\${lines%%$'\\t'*})
	lines=(\${lines//$'\\t'/  })
	(( $#heads )) && compadd "\${@:2}" -l -d lines -a heads
}
${ASKED.map((kind) => `_evtchn_${kind}() { _evtchn_ask ${kind} "$@" }`).join("\n")}

_evtchn() {
	local curcontext="$curcontext" state line ret=1 evtchn=$words[1] i verb
	local -a common where
	local -A opt_args
	common=(
${known.common.flatMap(optionSpecs).map((spec) => `\t\t${spec}`).join("\n")}
	)
	for (( i = 2; i < CURRENT; i++ )); do
		case $words[i] in
		${
    known.common.filter(({ value }) => value !== undefined).flatMap(forms).join(" | ")
  }) where+=($words[i] $words[i+1]); (( i++ )) ;;
		${known.common.filter(({ value }) => value === undefined).flatMap(forms).join(" | ")} | --*=*) where+=($words[i]) ;;
		esac
	done
	_arguments -C -s -A '-*' $common '1: :->verb' '*:: :->rest' && ret=0
	case $state in
	verb)
		local -a verbs=(
${firstWords(known).map((word) => `\t\t\t${quoted(`${word}:${described(word, known)}`)}`).join("\n")}
			'help:Say more of a command'
		)
		_describe -t commands command verbs && ret=0
		;;
	rest)
		verb=$words[1]
		case $verb in
		help)
			(( CURRENT == 2 )) && compadd -- ${known.topics.join(" ")} && ret=0
			return ret
			;;
${[...seconds].map(([first, verbs]) => secondCase(first, verbs)).join("\n")}
		esac
		case $verb in
${known.verbs.map(verbCase).join("\n")}
		esac
		;;
	esac
	return ret
}

if [[ $funcstack[1] == _evtchn ]]; then
	_evtchn "$@"
else
	compdef _evtchn evtchn
fi
`;
}

function described(word: string, { verbs }: Completion): string {
  return verbs.find(({ name }) => name === word)?.brief ??
    verbs.filter(({ name }) => name.startsWith(`${word} `)).map(({ name }) => name.slice(word.length + 1)).join(", ");
}

/** Takes the second word of a verb's name off the line. */
function secondCase(first: string, verbs: readonly CompletedVerb[]): string {
  return `		${first})
			if (( CURRENT == 2 )); then
				local -a verbs=(
${verbs.map(({ name, brief }) => `\t\t\t\t\t${quoted(`${name.slice(first.length + 1)}:${brief}`)}`).join("\n")}
				)
				_describe -t commands command verbs
				return
			fi
			verb="$words[1] $words[2]"
			shift words
			(( CURRENT-- ))
			;;`;
}

function verbCase({ name, options, first, each, program }: CompletedVerb): string {
  const specs = [
    ...options.flatMap(optionSpecs),
    ...first.map((argument, i) => quoted(`${i + 1}${argumentSpec(argument)}`)),
    ...each === undefined ? [] : [quoted(`*${argumentSpec(each)}`)],
    ...program ? ["'*::: :_normal'"] : [],
  ];
  return `		${quoted(name)})
			_arguments -s -S $common \\
				${specs.join(" \\\n\t\t\t\t")} && ret=0
			;;`.replace("\\\n\t\t\t\t &&", "&&");
}

function argumentSpec({ placeholder, words }: CompletedArgument): string {
  return `:${escaped(placeholder)}:${action(words)}`;
}

/** The option's forms, each of which excludes the other, as _arguments wants them. */
function optionSpecs(option: CompletedOption): string[] {
  const { brief, value } = option;
  const all = forms(option);
  const text = `[${escaped(brief)}]`;
  const behind = value === undefined ? "" : `:${escaped(value.placeholder)}:${action(value.words)}`;
  return all.map((form) => {
    const attached = value === undefined ? "" : form.startsWith("--") ? "=" : "+";
    return quoted(`${all.length > 1 ? `(${all.join(" ")})` : ""}${form}${attached}${text}${behind}`);
  });
}

function action(words: Words): string {
  switch (words) {
    case "files":
      return "_files";
    case "programs":
      return "_command_names -e";
    case "nothing":
      return " ";
    case "domains":
    case "ports":
    case "channels":
      return `_evtchn_${words}`;
    default:
      return `(${words.map(escaped).join(" ")})`;
  }
}

function forms({ name, short }: CompletedOption): string[] {
  return short === undefined ? [name] : [name, short];
}

/** Text inside a specification. */
function escaped(text: string): string {
  return text.replace(/[\\:[\]()]/g, "\\$&");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
