# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What scripts in guests say and wait for; lab_run puts it there as /words.sh. mark: before each name.
say() { # say NAME STATUS WHAT
	if [ "$2" = 0 ]; then echo "PASS ${mark:-}$1"; else echo "FAIL ${mark:-}$1: $3"; fi
}
is() { # is NAME WANTED GOT
	[ "$2" = "$3" ]
	say "$1" $? "wanted '$2', got '$3'"
}
has() { # has NAME FILE TEXT, within ten seconds
	i=0
	until grep -qF -- "$3" "$2" || [ $((i += 1)) -gt 50 ]; do sleep 0.2; done
	grep -qF -- "$3" "$2"
	say "$1" $? "no '$3' in $(tail -c 1500 "$2" | tr '\n' ' ')"
}
printed() { # printed NAME TEXT: what the last command printed, in /tmp/out
	grep -qF -- "$2" /tmp/out
	say "$1" $? "no '$2' in $(tail -c 700 /tmp/out | tr '\n' ' ')"
}
left() { # left NAME COUNT: programs, maps and links; the kernel frees later, and on a busy machine much later
	i=0
	until [ "$(pins count)" = "$2" ] || [ $((i += 1)) -gt 150 ]; do sleep 0.2; done
	is "$1" "$2" "$(pins count)"
}
