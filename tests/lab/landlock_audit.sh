#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 900
# What Landlock refuses, reported from the audit stream: each kind with its rule, as many as there were, and
# where it can't be had, that and why.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR

cat >"$w/web.yaml" <<'END'
version: 1
name: web
files:
  default: allow
  deny:
    - {paths: [/forbidden/**], access: [read, write, create, delete, rename, mknod, execute], why: it is forbidden}
    - {paths: [/quiet/**], access: [read, write, create, delete, rename, mknod, execute], report: no}
exec:
  default: allow
  deny:
    - /usr/bin/noexec
network:
  default: deny
  allow:
    - {connect: ["*:80/tcp", "unix:/**"], bind: ["*:80/tcp", "unix:@**", "unix:/**"], listen: ["*:0/tcp"]}
END
cat >"$w/files.yaml" <<'END'
version: 1
name: files
files:
  default: allow
  deny:
    - {paths: [/forbidden/**], access: [read, write, create, delete, rename, mknod, execute]}
END

cat >"$w/read.yaml" <<'END'
version: 1
name: read
files:
  default: allow
  deny:
    - {paths: [/forbidden/**], access: [read]}
END
cat >"$w/calls.yaml" <<'END'
version: 1
name: calls
syscalls: {default: allow, deny: [mkdir, mkdirat]}
END

cat >"$w/common.sh" <<'END'
. /words.sh
dmesg -n 1
ip link set lo up
make_files() {
	mkdir -p /forbidden/dir /quiet
	cp /bin/refused /forbidden/exe
	echo x | tee /forbidden/x /forbidden/there >/quiet/x
	cp "$(readlink -f /bin/sh)" /usr/bin/noexec
}
make_files
run() { # run POLICY COMMAND...: what it reports is in /tmp/r, what it says in /tmp/out
	rm -f /tmp/r
	policy=$1
	shift
	bailiff run -p "/$policy.yaml" --report /tmp/r --store none -- "$@" >/tmp/out 2>&1
}
told() { # told NAME RULE CLASS OPERATION ERRNO OBJECT
	grep -qF "\"rule\":$2,\"why\":$7,\"class\":$3,\"operation\":\"$4\",\"verdict\":\"denied\",\"errno\":\"$5\",\"plane\":\"landlock\",\"syscall\":null,\"object\":\"$6\",\"process\":{\"pid\":" /tmp/r
	say "$1" $? "not in $(cat /tmp/r)"
}
file() { told "$1" '"/web.yaml:6"' '"files"' "$2" EACCES "$3" '"it is forbidden"'; }
port() { told "$1" '"/web.yaml:13"' '"network"' "$2" EACCES "$3" null; }
other() { told "$1" null null "$2" EPERM "$3" null; }
counted() { violate sum 0 '"plane":"landlock"' </tmp/r; }
lost() { violate sum 0 '{"lost":{"kind":"landlock"' </tmp/r; }
END

cat >"$w/kinds.sh" <<'END'
. /common.sh
run web refused all /forbidden/exe /forbidden
is refused-all "read_file EACCES write_file EACCES truncate EACCES execute EACCES read_dir EACCES make_reg EACCES make_dir EACCES make_sym EACCES make_fifo EACCES remove_file EACCES remove_dir EACCES bind_tcp EACCES connect_tcp EACCES abstract ECONNREFUSED make_sock EACCES signal EPERM ptrace EPERM mount EPERM" "$(tr '\n' ' ' </tmp/out | sed 's/ $//')"
file read read /forbidden/exe
file write write /forbidden/exe
file execute execute /forbidden/exe
file list read /forbidden
file create create /forbidden/
file mknod mknod /forbidden/
file delete delete /forbidden/
port bind bind 127.0.0.1:7001/tcp
port connect connect '[::1]:7001/tcp'
other signal signal '1 (init)'
other ptrace trace '1 (init)'
other mount mount /mnt
is all-counted 17 "$(counted)"
is none-lost "" "$(grep lost /tmp/r)"
grep -q '"exe":"/usr/bin/refused","comm":"refused","uid":0,"user":"root","gid":0,"group":"root"' /tmp/r
say who $? "$(cat /tmp/r)"

# Who stays has its ancestors told; who is gone has what the record says.
run web sh -c 'cat /forbidden/x; sleep 1'
grep -q '"exe":"/usr/bin/busybox","comm":"cat".*"ancestors":\[\]\|"comm":"cat".*"ancestors":\[{"pid":[0-9]*,"exe":"/usr/bin/busybox","comm":"sh"},{"pid":[0-9]*,"exe":"/usr/bin/bailiff"' /tmp/r
say ancestors $? "$(cat /tmp/r)"
run web violate exec 3 /usr/bin/noexec
told exec '"/web.yaml:11"' '"exec"' exec EACCES /usr/bin/noexec null
is exec-counted 3 "$(counted)"
run web violate open 5 /quiet/x
is quiet-refused 5 "$(cat /tmp/out)"
is quiet-untold 0 "$(counted)"
is quiet-not-lost "" "$(cat /tmp/r)"

# A domain that the program makes is not ours, and nor is anybody's elsewhere.
refused nested /forbidden/x >/dev/null
run files refused nested /forbidden/x
is nested-refused "restrict 0 nested EACCES" "$(tr '\n' ' ' </tmp/out | sed 's/ $//')"
is nested-untold "" "$(cat /tmp/r)"

# io_uring has records of its own; a policy of files alone leaves it.
run files refused uring /forbidden/x
is uring-refused "uring EACCES" "$(cat /tmp/out)"
is uring-counted 1 "$(counted)"

# Another's program under the same kernel, at the same time.
bailiff run -p /web.yaml --report /tmp/r1 --store none -- violate open 300 /forbidden/x >/dev/null &
bailiff run -p /web.yaml --report /tmp/r2 --store none -- violate open 400 /forbidden/there >/dev/null
wait
is apart-1 300 "$(violate sum 0 /forbidden/x </tmp/r1)"
is apart-2 400 "$(violate sum 0 /forbidden/there </tmp/r2)"
is apart-not-1 0 "$(violate sum 0 /forbidden/there </tmp/r1)"

# To a terminal; in the store; in the metrics' words.
mkdir -m 700 /store
bailiff run -p /web.yaml --store /store/v.db -- violate open 5 /forbidden/x >/dev/null 2>/tmp/out
printed line 'bailiff: denied read /forbidden/x = EACCES by /web.yaml:6 (it is forbidden) in /usr/bin/violate['
printed summary '         5  denied      read                      /web.yaml:6'
bailiff report --store /store/v.db --json --by plane >/tmp/out 2>&1
printed stored '"plane":"landlock"'
is stored-count 5 "$(tr '{' '\n' </tmp/out | violate sum 0 '"plane":"landlock"')"

# Who is left when the program has ended goes on being told of, until the last one is gone.
run files sh -c '(sleep 1; violate open 7 /forbidden/x; sleep 1; violate open 4 /forbidden/x) >/dev/null 2>&1 &'
has left-behind /tmp/r '/forbidden/x'
i=0
until [ "$(counted)" = 11 ] || [ $((i += 1)) -gt 60 ]; do sleep 0.5; done
is left-behind-counted 11 "$(counted)"
i=0
until [ -z "$(pidof bailiff)" ] || [ $((i += 1)) -gt 60 ]; do sleep 0.5; done
is reporter-ends "" "$(pidof bailiff)"
is left-behind-not-lost "" "$(grep lost /tmp/r)"

# The program has nothing of the stream.
run files sh -c 'ls -l /proc/self/fd; cat /proc/self/comm'
is no-descriptor 0 "$(grep -c socket /tmp/out)"
is no-mark cat "$(tail -n 1 /tmp/out)"

# As the user that the program shall be.
rm -f /tmp/r
bailiff run -p /web.yaml --user 65534:65534 --report /tmp/r --store none -- violate open 6 /forbidden/x >/dev/null
is user-counted 6 "$(counted)"
grep -q '"uid":65534' /tmp/r
say user $? "$(cat /tmp/r)"

# One within another: the outer tells of it.
run web bailiff run -p /calls.yaml --report none --store none -- violate open 3 /forbidden/x
is inner-refused 3 "$(tail -n 1 /tmp/out)"
is inner-counted 3 "$(counted)"
END

cat >"$w/flood.sh" <<'END'
. /common.sh
# Of one kind and of many, from one thread and from four. What the kernel drops is as many as it says. It lets
# who makes records wait while its queue is long, and forgets them there for a minute now and then: not here.
refused audit daemon 0 &
refused audit wait 0
run files sh -c 'violate open 20000 /forbidden/x; sleep 2'
is one-refused 20000 "$(cat /tmp/out)"
is one-exact 20000 $(($(counted) + $(lost)))
echo "# $(lost) of 20000 lost"
violate make 3000 /forbidden >/dev/null
run files sh -c 'violate names 3000 /forbidden; sleep 2'
is many-exact 3000 $(($(counted) + $(lost)))
echo "# $(lost) of 3000 lost"
run files sh -c 'refused threads 3000 /forbidden/x; sleep 2'
is threads-refused 12000 "$(cat /tmp/out)"
is threads-exact 12000 $(($(counted) + $(lost)))
echo "# $(lost) of 12000 lost"
# The kernel drops what it has no room for, at once.
refused audit limit 16
run files sh -c 'refused threads 3000 /forbidden/x; sleep 2'
is dropped-refused 12000 "$(cat /tmp/out)"
is dropped-exact 12000 $(($(counted) + $(lost)))
[ "$(lost)" -gt 0 ]
say dropped-told $? "nothing was lost: $(counted)"
echo "# $(lost) of 12000 lost, with a backlog of 16"
refused audit limit 8192
# It does not even say how many there were: then that is said.
refused audit limit 4
run files refused threads 3000 /forbidden/x
[ $(($(counted) + $(lost))) = 12000 ] || grep -q 'denials of files may be missing here' /tmp/r
say unsure $? "$(tail -n 3 /tmp/r)"
refused audit limit 8192
# Nobody hears: turned off meanwhile.
run files sh -c 'violate open 5 /forbidden/x; sleep 1; echo go >/tmp/go; until [ -e /tmp/went ]; do sleep 0.1; done; violate open 6 /forbidden/x' &
running=$!
until [ -e /tmp/go ]; do sleep 0.1; done
refused audit enabled 0
touch /tmp/went
wait $running
is off-meanwhile 5 "$(counted)"
grep -q 'denials of files may be missing here' /tmp/r
say off-meanwhile-said $? "$(cat /tmp/r)"
END

cat >"$w/why.sh" <<'END'
. /common.sh
unreported() { # unreported NAME WHY COMMAND...: said at the start, and with the summary
	name=$1 why=$2
	shift 2
	"$@" >/tmp/out 2>&1
	is "$name" "bailiff: denials of files are not reported here: $why" "$(grep 'not reported here' /tmp/out | head -n 1)"
	is "$name-refused" 1 "$(grep -c '^5$' /tmp/out)"
}
five="bailiff run -p /web.yaml --store none -- violate open 5 /forbidden/x"
with_summary() {
	bailiff run -p /summary.yaml --store none -- sh -c 'violate open 5 /forbidden/x; mkdir /tmp/refused-$$' 2>&1
}
sed 's/^name: web/name: web\nsyscalls: {default: allow, deny: [mkdir, mkdirat]}/' /web.yaml >/summary.yaml
if [ "$1" = off ]; then
	unreported "no audit" "auditing is off in this kernel (audit=0 at boot, or built without)" $five
	exit
fi
if [ "$1" = old ]; then
	unreported "old" "the kernel tells of them from Linux 6.15 on (Landlock ABI 7; this has $2)" \
		bailiff run -p /read.yaml --store none -- violate open 5 /forbidden/x
	exit
fi
chmod 755 /bin/*
unreported user "it takes CAP_AUDIT_READ to read audit records" su nobody -s /bin/sh -c "$five"
unreported "user's summary" "it takes CAP_AUDIT_READ to read audit records" su nobody -s /bin/sh -c "$(cat <<'S'
bailiff run -p /summary.yaml --store none -- sh -c 'violate open 5 /forbidden/x; mkdir /tmp/refused'
S
)"
is "user's summary has it" 2 "$(grep -c 'not reported here' /tmp/out)"
unreported "user namespace" "audit records are for the machine's own user namespace only" unshare -Ur $five
unreported "PID namespace" "audit records tell of processes as the machine's own PID namespace has them, and this is another" unshare -pf --mount-proc $five
unreported "network namespace" "audit records arrive in the machine's own network namespace only" unshare -n $five
refused audit enabled 0
unreported disabled "the kernel does not audit (\`auditctl -e 1\`, or audit=1 at boot)" $five
# Nobody asked for reports: nothing to say, and nobody supervises.
bailiff run -p /files.yaml --report none --store none -- sh -c 'cat /proc/$PPID/comm' >/tmp/out 2>&1
is "none wanted" sh "$(cat /tmp/out)"
END

for series in $(lab_kernels 6.1); do
	add=(--add "$BAILIFF_BUILD/lab/violate:/bin/violate" --add "$BAILIFF_BUILD/lab/refused:/bin/refused"
		--add "$BAILIFF_STATIC:/bin/bailiff" --add "$w/web.yaml:/web.yaml" --add "$w/files.yaml:/files.yaml"
		--add "$w/calls.yaml:/calls.yaml" --add "$w/read.yaml:/read.yaml"
		--add "$w/common.sh:/common.sh" --append audit_backlog_limit=8192)
	case $series in
	6.1) abi=2 ;;
	6.12) abi=6 ;;
	*) abi= ;;
	esac
	if [ "$abi" ]; then
		lab_run "$series" why --audit "${add[@]}" --add "$w/why.sh:/guest.sh" -- sh /guest.sh old $abi
		continue
	fi
	lab_run "$series" kinds --audit "${add[@]}" --add "$w/kinds.sh:/guest.sh" --timeout 300 -- sh /guest.sh
	lab_run "$series" flood --audit "${add[@]}" --add "$w/flood.sh:/guest.sh" --timeout 600 -- sh /guest.sh
	lab_run "$series" why --audit "${add[@]}" --add "$w/why.sh:/guest.sh" -- sh /guest.sh on
	lab_run "$series" off "${add[@]}" --add "$w/why.sh:/guest.sh" -- sh /guest.sh off
done
