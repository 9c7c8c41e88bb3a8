#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Where Landlock can't hold a policy for want of room, or as it was asked: bailiff says so and starts nothing, or
# starts without that much by --partial. What it can't hold of single rules is in landlock_table.
. "$(dirname "$0")/../common/lib.sh"
operate=$BAILIFF_BUILD/live/operate
[ -x "$operate" ] || skip_all "make programs has not been run"
cd "$TMPDIR" || exit 1
top=$(pwd -P)

refused() { # refused NAME TEXT OPTION...: with 125, and nothing is started
	refused_name=$1
	refused_text=$2
	shift 2
	rm -f started
	expect_status "$refused_name" 125 "$BAILIFF" run --store none "$@" -- touch started
	if [ -e started ] || ! grep -qF -- "$refused_text" err; then
		fail "$refused_name, says why" "$(head -n 3 err | tr '\n' ' ')"
	else
		pass "$refused_name, says why"
	fi
}
answer() { "$BAILIFF" run --store none "$@" 2>err; } # what the program prints

mkdir -p many secret open
echo x | tee secret/f >open/f
(cd many && seq -f 'f%g' 16500 | xargs touch)
cat >many.yaml <<YAML
version: 1
name: many
files:
  default: allow
  deny:
    - {paths: [$top/many/f1], access: [read, execute]}
YAML
refused "more entries than can be granted" "the policy takes more than 16384 grants here (the last at $top/many/" -p many.yaml

{
	printf 'version: 1\nname: patterns\nfiles:\n  default: allow\n  deny:\n'
	seq -f "    - {paths: [$top/open/p%g], access: [read]}" 16400
} >patterns.yaml
refused "more patterns than are held" "more than 16384 path patterns, which \`run\` holds at most" -p patterns.yaml

cat >partly.yaml <<YAML
version: 1
name: partly
files:
  default: allow
  deny:
    - {paths: [$top/secret/**], access: [read, execute]}
    - {paths: [$top/open/**], access: [chmod]}
YAML
refused "one rule that can't be held" "partly.yaml:7:7: error: files: chmod: without the host plane" -p partly.yaml
expect "--partial goes without it, and holds the rest" "0 13 0" "$(
	for question in "chmod $top/open/f" "read $top/secret/f" "read $top/open/f"; do
		# shellcheck disable=SC2086 # words
		answer -p partly.yaml --partial --report partial.jsonl -- "$operate" $question
	done | tr '\n' ' ' | sed 's/ $//')"
grep -q 'partly.yaml:7.*not enforced' err && pass "--partial says which" || fail "--partial says which" "$(cat err)"
expect "--partial is in the report" 3 "$(grep -c '^{"partial":{"rule":"partly.yaml:7","class":"files","reason":"' partial.jsonl)"
grep -q 'partly.yaml:6' err partial.jsonl && fail "--partial says no other" "$(cat err)" || pass "--partial says no other"

sed -i '/chmod/d' partly.yaml
refused "--audit" "partly.yaml:6:7: error: files: in audit mode nothing may be refused" -p partly.yaml --audit
expect "--audit --partial refuses nothing" 0 "$(answer -p partly.yaml --audit --partial --report none -- "$operate" read "$top/secret/f")"
expect "without either it is refused" 13 "$(answer -p partly.yaml --report none -- "$operate" read "$top/secret/f")"

# What is seen of a directory above what is denied: its list, where that is no directory.
cat >shadow.yaml <<YAML
version: 1
name: shadow
files:
  default: allow
  deny:
    - {paths: [$top/open/f], access: [read, execute]}
YAML
expect "a directory is listed where a file in it is denied" "0 13 " "$(
	answer -p shadow.yaml --report none -- "$operate" list "$top/open" | tr '\n' ' '
	answer -p shadow.yaml --report none -- "$operate" read "$top/open/f" | tr '\n' ' ')"

ln -s open link
sed "s,/open/,/link/," shadow.yaml >link.yaml
expect "a rule through a symbolic link is one for where it leads" 13 "$(
	answer -p link.yaml --report none -- "$operate" read "$top/open/f")"
