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

always() { # always NAME ERRNO FILE: of the calls that FILE lists each of that name, as points() lists them
	awk '$1 == "call" && $3 == name {print ++n, name, errno}' name="$1" errno="$2" "$3"
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
	*) # An error is not told of what has been done, unless it is of the telling, or says that it has been.
		[ "$now" = "$old" ] || grep -q 'write standard output\|nothing is enforced any more' /tmp/out ||
			wrong "status $status, and $now is in force"
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
bare() { # Nothing is loaded, and nothing of it is left.
	[ -z "$(ls /sys/fs/bpf)" ] || wrong "left $(ls /sys/fs/bpf)"
	[ "$(ls /run/bailiff)" = lock ] || wrong "left $(ls /run/bailiff)"
	leaks "$none"
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

# All of it, and from nothing. Each time the kernel checks the programs is dear: where what is in force is what was, and
# nothing is left beside it, the next fault begins there, and every twentieth time it is done without one.
begin unload-all bailiff unload --all
leaks "$none"
points /tmp/calls "$first" one >/tmp/points
always rmdir EIO /tmp/calls | sed -n 2p >>/tmp/points # the directory of what is pinned
plain 011 bailiff load /one.yaml
while read -r number name what <&3; do
	fault "$number" "$name" "$what" 011 111 bailiff unload --all
	if [ "$now" = 011 ] && [ "$what" != kill ]; then
		leaks "$one"
		[ "$(named)" = "app " ] || wrong "the policies are $(named)"
		[ $((tried % 20)) = 0 ] || continue
	fi
	plain 111 bailiff unload --all
	bare
	plain 011 bailiff load /one.yaml
done 3</tmp/points
plain 111 bailiff unload --all
end

part=load tried=0 past=0 stayed=0 came=0 faults=0 calls=$(grep -c '^call' /tmp/calls.load)
points /tmp/calls.load "$first" one >/tmp/points
always chmod EIO /tmp/calls.load >>/tmp/points
while read -r number name what <&3; do
	fault "$number" "$name" "$what" 111 011 bailiff load /one.yaml
	if [ "$now" = 111 ] && { [ "$what" != kill ] || [ -z "$(ls /sys/fs/bpf)" ]; }; then
		bare
		[ $((tried % 20)) = 0 ] || continue
	fi
	plain 011 bailiff load /one.yaml
	leaks "$one"
	plain 111 bailiff unload --all
	bare
done 3</tmp/points
end
