/** The completion for bash. @module */

import { ASKED, type CompletedOption, type CompletedVerb, type Completion, firstWords, type Words } from "./model.ts";
import { secondWords } from "./model.ts";

/** Needs no more than bash 4: no bash-completion, whose functions not every host has. */
export function bashCompletion(known: Completion): string {
  const groups = [...secondWords(known)].map(([first, verbs]) =>
    `	${first}) words=${quoted(verbs.map(({ name }) => name.split(" ")[1]))} ;;`
  );
  return `# bash completion of evtchn, as \`evtchn completion bash\` prints it

# What this host, or the session, has of a kind: what does not answer within a second is not waited for.
_evtchn_ask() {
	local limit=
	command -v timeout >/dev/null && limit="timeout 1"
	$limit "\${COMP_WORDS[0]}" "\${where[@]}" complete "$1" </dev/null 2>/dev/null | cut -f 1
}

# Sets what is known of the verb: its options, those with a value, its arguments, and what any others are.
_evtchn_verb() {
	options=${quoted(known.common.flatMap(forms))} valued=${quoted(known.common.filter(hasValue).flatMap(forms))}
	first=() each=nothing program=
	case $1 in
${known.verbs.map(verbCase).join("\n")}
	esac
}

# Sets what stands behind an option of a verb.
_evtchn_value() {
	case "$1 $2" in
${[...known.verbs.flatMap(valueCases), ...known.common.filter(hasValue).map((each) => valueCase("*", each))].join("\n")}
	*) kind=nothing ;;
	esac
}

_evtchn() {
	local -a said where=() first
	local options valued each program i verb= open= count=0 kind=words words= word
	read -ra said <<<"\${COMP_LINE:0:COMP_POINT}"
	[[ \${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && said+=("")
	local last=$((\${#said[@]} - 1))
	local part=\${said[last]}
	_evtchn_verb ""
	for ((i = 1; i < last; i++)); do
		word=\${said[i]}
		if [[ $open ]]; then
			[[ $open == common ]] && where+=("$word")
			open=
		elif [[ $word == -- ]]; then
			[[ $program ]] && COMPREPLY=($(compgen -c -- "$part"))
			return
		elif [[ $word == -* ]]; then
			[[ " $valued " == *" $word "* ]] && open=own
			if [[ ${quoted(["", ...known.common.flatMap(forms), ""])} == *" \${word%%=*} "* ]]; then
				where+=("$word")
				[[ $open ]] && open=common
			fi
		elif [[ ! $verb ]]; then
			verb=$word
			case $verb in
			${[...secondWords(known).keys()].join(" | ") || "''"})
				((i + 1 < last)) && verb+=" \${said[++i]}" ;;
			esac
			_evtchn_verb "$verb"
		else
			((++count))
		fi
	done
	if [[ $open ]]; then
		_evtchn_value "$verb" "\${said[last - 1]}"
	elif [[ $part == --*=* ]]; then
		_evtchn_value "$verb" "\${part%%=*}"
		part=\${part#*=}
	elif [[ $part == -* ]]; then
		words=$options
	else
		case $verb in
		"") words=${quoted(["help", ...firstWords(known)])} ;;
		help) words=${quoted(known.topics)} ;;
${groups.map((line) => `	${line}`).join("\n")}
		*) kind=\${first[count]-$each} ;;
		esac
	fi
	case $kind in
	${ASKED.join(" | ")}) words=$(_evtchn_ask "$kind") ;;
	files) compopt -o filenames; COMPREPLY=($(compgen -f -- "$part")); return ;;
	nothing) ;;
	words) ;;
	*) words=$kind ;;
	esac
	COMPREPLY=($(compgen -W "$words" -- "$part"))
	# bash replaces only what stands behind the last of its word breaks.
	local head=
	[[ $COMP_WORDBREAKS == *:* && $part == *:* ]] && head=\${part%"\${part##*:}"}
	COMPREPLY=("\${COMPREPLY[@]#"$head"}")
}
complete -F _evtchn evtchn
`;
}

function verbCase({ name, options, first, each, program }: CompletedVerb): string {
  const sets = [
    ...options.length > 0 ? [`options+=${quoted(["", ...options.flatMap(forms)])}`] : [],
    ...options.some(hasValue) ? [`valued+=${quoted(["", ...options.filter(hasValue).flatMap(forms)])}`] : [],
    ...first.length > 0 ? [`first=(${first.map(({ words }) => kindOf(words)).join(" ")})`] : [],
    ...each === undefined ? [] : [`each=${kindOf(each.words)}`],
    ...program ? ["program=yes"] : [],
  ];
  return `	${quoted([name])}) ${sets.join(" ") || ":"} ;;`;
}

function valueCases({ name, options }: CompletedVerb): string[] {
  return options.filter(hasValue).map((option) => valueCase(name, option));
}

function valueCase(verb: string, option: CompletedOption): string {
  const patterns = forms(option).map((form) => verb === "*" ? `*" ${form}"` : `"${verb} ${form}"`);
  return `	${patterns.join(" | ")}) kind=${kindOf(option.value!.words)} ;;`;
}

function forms({ name, short }: CompletedOption): string[] {
  return short === undefined ? [name] : [name, short];
}

function hasValue({ value }: CompletedOption): boolean {
  return value !== undefined;
}

function kindOf(words: Words): string {
  return typeof words === "string" ? words : quoted(words);
}

function quoted(words: readonly string[]): string {
  return `'${words.join(" ")}'`;
}
