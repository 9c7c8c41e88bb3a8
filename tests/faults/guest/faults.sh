# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# faults.sh FIRST CHANGES: `bailiff load` and `unload` with a fault at each of their system calls. FIRST: so many
# faults while nothing is loaded yet, and while all is unloaded, which are dear, for the kernel then checks
# the programs; CHANGES: so many at each change of what is loaded. 0: all there are.
# What a file that a policy denies says is the proof: afterwards either what was in force is in force, whole,
# or what was to be; and then the same command, without a fault, does what it should.
. /words.sh
first=$1 changes=$2
mkdir -p /governed /secret
cp /bin/busybox /governed/sh
for file in one two third; do echo x >/secret/$file; done
policy() { # policy NAME DENIED
	printf 'version: 1\nname: %s\nscope: {executables: [/governed/**]}\n' "$1"
	printf 'files: {default: allow, deny: [/secret/%s]}\n' "$2"
}
policy app one >/one.yaml
policy app two >/two.yaml
policy third third >/third.yaml

# Which of the three can be read: 111 without any policy.
verdicts() {
	/governed/sh -c 'for f in one two third; do if read -r x </secret/$f; then v=${v}1; else v=${v}0; fi; done 2>/dev/null; echo $v'
}
named() { bailiff status --json 2>/dev/null | grep -o '"name":"[a-z]*"' | cut -d'"' -f4 | tr '\n' ' '; }

# points FILE N WAYS: what is to be tried, of the calls that FILE lists: which of its name, the name, and what. Of all, evenly, N; with
# WAYS one, a call goes wrong in one way, and the next in another. Of many equal calls in a row (thousands of
# reads of one file) the first, the last and one in the midst.
points() {
	awk '
	$1 == "call" {nth[$2] = ++of[$3]}
	$1 == "call" && $3 == last {run[++n] = $0; next}
	$1 == "call" {take(); last = $3; n = 1; run[1] = $0}
	function take(i) {
		for (i = 1; i <= n; i++)
			if (n <= 4 || i == 1 || i == int(n / 2) || i == n)
				ways(run[i])
	}
	function ways(line, i, k, f, errnos) {
		split(line, f, " ")
		k = split(f[4], errnos, ",")
		errnos[k + 1] = "kill"
		calls++
		for (i = 1; i <= k + 1; i++)
			if (WAYS != "one" || calls % (k + 1) == i - 1)
				{all[++m] = nth[f[2]] " " f[3] " " errnos[i]; name[m] = f[3]}
	}
	END {
		take()
		# Of some, those that are the last of their names: there are many of reading, and few of changing.
		for (i = m; N && N < m && i > 0; i--) if (++seen[name[i]] > 8) gone[i] = 1
		for (i = 1; i <= m; i++) if (!gone[i]) all[++kept] = all[i]
		if (kept) m = kept
		if (!N || N > m) N = m
		for (i = 0; i < N; i++) print all[int(i * m / N) + (m >= 5 * N ? i % 5 : 0) + 1]
	}' N="$2" WAYS="$3" "$1"
}

wrong() { # wrong WHY...
	echo "FAIL $part $did: $* ($(tail -c 300 /tmp/out | tr '\r\n' '  '))"
	faults=$((faults + 1))
}

# plain WANT COMMAND...: it works, and WANT is then in force.
plain() {
	want=$1
	shift
	"$@" >/tmp/out 2>&1 </dev/null || wrong "after it, $*: status $?"
	now=$(verdicts)
	[ "$now" = "$want" ] || wrong "after it, $*: $now is in force, not $want"
}

# fault N NAME WHAT OLD NEW COMMAND...: one fault. What is in force then is in $now.
fault() {
	number=$1 name=$2 what=$3 old=$4 new=$5
	shift 5
	inject -n "$name" -t 900 -o /tmp/told "$number" "$what" -- "$@" >/tmp/out 2>&1 </dev/null
	status=$?
	did=$(sed -n 's/^did //p' /tmp/told)
	now=$(verdicts)
	tried=$((tried + 1))
	[ "$did" ] || past=$((past + 1))
	: "${did:=$number}"
	if grep -q '^left' /tmp/told; then wrong "left $(grep '^left' /tmp/told | tr '\n' ' ')"; fi
	case $now in
	"$old") stayed=$((stayed + 1)) ;;
	"$new") came=$((came + 1)) ;;
	*) wrong "$now is in force, neither $old nor $new" ;;
	esac
	case $what,$status in
	kill,137) ;;
	*,0) [ "$now" = "$new" ] || wrong "it said that it worked, and $now is in force" ;;
	*) # An error is not told of what has been done, unless it is of the telling.
		[ "$now" = "$old" ] || grep -q 'write standard output' /tmp/out || wrong "status $status, and $now is in force"
		[ -s /tmp/out ] || wrong "status $status, and nothing says why"
		;;
	esac
	if [ "$((tried % 50))" = 0 ]; then echo ".. $part: $tried"; fi
}

begin() { # begin PART COMMAND...: lists the calls of COMMAND, which does it
	part=$1 tried=0 past=0 stayed=0 came=0 faults=0 did=
	shift
	inject -l -t 900 -o /tmp/calls 0 none -- "$@" >/tmp/out 2>&1 </dev/null || wrong "without a fault: status $?"
	calls=$(grep -c '^call' /tmp/calls)
}
end() {
	[ "$faults" != 0 ] || echo "PASS $part"
	echo "NOTE $part: $tried faults at $calls calls: $stayed left the old, $came brought the new, $past past the end"
}
leaks() { # leaks WANT: programs, maps, links; what the kernel frees comes late
	i=0
	until [ "$(pins count)" = "$1" ] || [ $((i += 1)) -gt 100 ]; do sleep 0.2; done
	[ "$(pins count)" = "$1" ] || wrong "programs, maps and links are $(pins count), not $1"
}

none=$(pins count)
begin load bailiff load /one.yaml
did=none
[ "$(verdicts)" = 011 ] || wrong "$(verdicts) is in force"
cp /tmp/calls /tmp/calls.load
one=$(pins count)

# Another version of a policy.
begin swap bailiff load /two.yaml
points /tmp/calls "$changes" all >/tmp/points
is=two now=101
while read -r number name what <&3; do
	if [ $is = two ]; then was=101 is=one then=011; else was=011 is=two then=101; fi
	fault "$number" "$name" "$what" $was $then bailiff load /$is.yaml
	plain $then bailiff load /$is.yaml
	[ "$(named)" = "app " ] || wrong "the policies are $(named)"
	[ "$(ls /sys/fs/bpf/bailiff /run/bailiff/loaded | wc -l)" = 5 ] || wrong "there are $(ls /sys/fs/bpf/bailiff /run/bailiff/loaded)"
	leaks "$one"
done 3</tmp/points
end
plain 011 bailiff load /one.yaml

# One policy out of two.
bailiff load /third.yaml >/tmp/out 2>&1
begin unload bailiff unload third
points /tmp/calls "$changes" all >/tmp/points
bailiff load /third.yaml >/tmp/out 2>&1
while read -r number name what <&3; do
	fault "$number" "$name" "$what" 010 011 bailiff unload third
	if [ "$now" = 010 ]; then plain 011 bailiff unload third; fi
	[ "$(named)" = "app " ] || wrong "the policies are $(named)"
	plain 010 bailiff load /third.yaml
	leaks "$one"
done 3</tmp/points
end
plain 011 bailiff unload third

# All of it, and from nothing.
begin unload-all bailiff unload --all
cp /tmp/calls /tmp/calls.all
total_all=$calls
leaks "$none"
points /tmp/calls.load "$first" one >/tmp/points
points /tmp/calls.all "$first" one >/tmp/points.all
part=load tried=0 past=0 stayed=0 came=0 faults=0 calls=$(grep -c '^call' /tmp/calls.load)
tried_all=0 past_all=0 stayed_all=0 came_all=0 faults_all=0
other() { # The counts of the part that goes on.
	for word in tried past stayed came faults; do
		eval "hold=\$$word; $word=\$${word}_all; ${word}_all=\$hold"
	done
}
exec 4</tmp/points.all
while read -r number name what <&3; do
	fault "$number" "$name" "$what" 111 011 bailiff load /one.yaml
	if [ "$now" = 111 ] && [ "$what" != kill ]; then
		[ ! -e /sys/fs/bpf/bailiff ] || wrong "left $(ls /sys/fs/bpf/bailiff | tr '\n' ' ')"
		leaks "$none"
	fi
	if [ "$now" = 111 ]; then plain 011 bailiff load /one.yaml; fi
	leaks "$one"
	part=unload-all
	other
	if read -r number name what <&4; then fault "$number" "$name" "$what" 011 111 bailiff unload --all; fi
	plain 111 bailiff unload --all
	[ -z "$(ls /sys/fs/bpf)" ] || wrong "left $(ls /sys/fs/bpf)"
	[ "$(ls /run/bailiff)" = lock ] || wrong "left $(ls /run/bailiff)"
	leaks "$none"
	part=load
	other
done 3</tmp/points
end
other
part=unload-all calls=$total_all
end
