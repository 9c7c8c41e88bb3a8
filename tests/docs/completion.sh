#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The script of `bailiff --bash-completion` loads in bash and completes what --help lists.
# Run at the top of the repository.
. tests/common/lib.sh

script=$TMPDIR/completion.bash
if ! "$BAILIFF" --bash-completion >"$script" 2>"$TMPDIR/err"; then
	fail completion-is-written "$(head -n 1 "$TMPDIR/err")"
	exit 0
fi
expect_status completion-is-bash 0 bash -n "$script"

complete_line() { # complete_line WORD...: what is offered for the last one, a line each, sorted
	bash --norc -c '
		. "$1"
		shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
		function=$(complete -p bailiff | sed "s/.*-F \([^ ]*\).*/\1/")
		"$function" bailiff "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		((${#COMPREPLY[@]} == 0)) || printf "%s\n" "${COMPREPLY[@]}"' \
		completion "$script" "$@" 2>"$TMPDIR/err" | LC_ALL=C sort -u
	[ ! -s "$TMPDIR/err" ] || fail completion-is-quiet "$* prints: $(head -n 1 "$TMPDIR/err")"
}
words() { tr -s ' \n' '\n\n' | LC_ALL=C sort -u | tr '\n' ' ' | sed 's/^ //; s/ $//'; }
has() { # has NAME WORD LINE...: WORD is among what is offered
	local name=$1 word=$2
	shift 2
	if complete_line "$@" | grep -qxF -e "$word"; then
		pass "$name"
	else
		fail "$name" "'$word' is not offered for: $*"
	fi
}

commands=$("$BAILIFF" help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
[ -n "$commands" ] || fail completion-commands "help lists none"
expect completion-commands "$(printf '%s\n' $commands | words)" \
	"$(complete_line bailiff '' | grep -v -e ^- -e '^help$' | words)"
expect completion-command-begun "run" "$(complete_line bailiff ru)"

for command in $commands; do
	options=$("$BAILIFF" "$command" --help | grep -o -- '  --[a-z-]*\|, --[a-z-]*' | tr -d ' ,')
	expect "completion-options-of-$command" "$(printf '%s\n' $options --help | words)" \
		"$(complete_line bailiff "$command" -- | words)"
done

"$BAILIFF" compile --help | grep -q -- --format || fail completion-format "compile has no --format"
expect completion-formats "asm bailiff bpf oci" "$(complete_line bailiff compile --format '' | words)"
expect completion-formats-by-letter "asm" "$(complete_line bailiff compile -f a | words)"
expect completion-abis "i386" "$(complete_line bailiff explain --arch i3 | words)"

# Policies: files that are ones, directories, and the names of what is inside the program.
mkdir -p "$TMPDIR/place/below"
touch "$TMPDIR/place/web.yaml" "$TMPDIR/place/web.bailiff" "$TMPDIR/place/web.txt"
script=$(realpath "$script")
expect completion-policy-files "below web.bailiff web.yaml" \
	"$(cd "$TMPDIR/place" && { complete_line bailiff check w; complete_line bailiff check b; } | words)"
shipped=$(for f in policies/*.yaml; do [ ! -e "$f" ] || basename "$f" .yaml; done)
[ -n "$shipped" ] || skip completion-shipped-policies "policies/ holds none"
for name in $shipped; do
	has "completion-policy-$name" "$name" bailiff check "${name:0:3}"
	has "completion-run-policy-$name" "$name" bailiff run -p "${name:0:3}"
done

# As bash itself does it, loaded as a session loads it.
if [ -r /usr/share/bash-completion/bash_completion ]; then
	expect completion-in-a-session "bailiff" "$(bash --norc -c "
		. /usr/share/bash-completion/bash_completion && . '$script' &&
		complete -p bailiff" 2>&1 | sed 's/.* //')"
else
	skip completion-in-a-session "bash-completion is not installed"
fi
