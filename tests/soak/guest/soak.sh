# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# The guest of a soak: guest.sh SECONDS EVERY. Lines of the serial port: "soak-head" and "soak-row", with tabs (a
# sample), "soak-check" (what was done, counted and stored, while nobody did anything), "soak: ..." (said).
seconds=$1 every=$2
began=$(cut -d. -f1 /proc/uptime)
now() { echo $(($(cut -d. -f1 /proc/uptime) - began)); }
tell() { echo "soak: $(now) s: $*"; }

# --- Policies -------------------------------------------------------------------------------------
rules() { # rules N: that many more, of no consequence
	awk -v n="$1" 'BEGIN {for (i = 0; i < n; i++)
		printf i % 20 ? "    - /srv/d%d/f%d.so\n" : "    - /srv/d%d/**/f%d.so\n", i % 61, i}'
}
core() { # core N
	cat <<-END
		version: 1
		name: core
		scope: {cgroups: [/governed/**]}
		files:
		  default: allow
		  deny:
		    - {paths: [/forbidden/**], why: it is forbidden}
	END
	rules "$1"
	cat <<-END
		  audit:
		    - {paths: [/watched/**], access: [read]}
		exec: {default: allow, deny: [/bin/noexec]}
		network:
		  default: allow
		  deny:
		    - {connect: ["127.0.0.1:10000-40000/tcp"]}
		capabilities: {default: allow, deny: [SYS_CHROOT]}
	END
}
extra() { # extra N
	cat <<-END
		version: 1
		name: extra
		scope: {cgroups: [/governed/**]}
		files:
		  default: allow
		  deny:
		    - /extra/**
	END
	rules "$1"
}
write_fixed() {
	cat >/etc/bailiff/policies/app.yaml <<-END
		version: 1
		name: app
		scope: {launched: true}
		files: {default: allow, deny: [/secret/**]}
		syscalls:
		  default: allow
		  deny:
		    - {calls: [mkdir, mkdirat], why: no directories}
	END
	cat >/own.yaml <<-END
		version: 1
		name: own
		syscalls:
		  default: allow
		  deny:
		    - {calls: [mkdir, mkdirat], why: no directories}
	END
	cat >/confined.yaml <<-END
		version: 1
		name: confined
		files:
		  default: deny
		  allow:
		    - {paths: [/bin/**], access: [read, execute]}
		    - {paths: [/other/**], access: [read, execute]}
		    - {paths: [/shared/**], access: [read, write, execute]}
		exec: {default: allow}
	END
}

# --- Processes ------------------------------------------------------------------------------------
in_cgroup() { sh -c 'echo 0 >/sys/fs/cgroup/$0/cgroup.procs; exec "$@"' "$@"; }
work() { in_cgroup "$1" load work "$2" & }
app() { bailiff run -p app --loaded load work app 2>&1 | grep -v '^bailiff: ' & }
start_guard() {
	bailiff guard --report /tmp/report --rotate 1M,2 >/tmp/guard.log 2>&1 &
	guard=$!
	until grep -qs ready /tmp/guard.log; do sleep 0.5; done
}
generation() { bailiff status 2>/dev/null | sed -n 's/^generation \([0-9]*\),.*/\1/p'; }

# --- Samples --------------------------------------------------------------------------------------
memory() { awk -v n="$1:" '$1 == n {print $2}' "/proc/${2:-meminfo}"; }
rss() { memory VmRSS "$1/status" 2>/dev/null || true; }
fds() { ls "/proc/$1/fd" 2>/dev/null | wc -l; }
field() { grep -o "\"$2\":[0-9]*" "$1" | head -n 1 | cut -d: -f2; }
head_names="t MemFree Slab SUnreclaim Percpu VmallocUsed KernelStack PageTables AnonPages Shmem files inodes
	tasks progs maps links pins loaded generation kernel_bytes ring_waiting keeper_rss front_rss store_rss
	keeper_fds front_fds store_fds run_rss run_fds store_bytes wal_bytes kinds violations lost report_bytes
	loads unloads all_unloads watches reports cgroups done refused hidden wrong broken filtered denied audited
	lost_lsm lost_seccomp closed"
# shellcheck disable=SC2086
sample() {
	set --
	for name in MemFree Slab SUnreclaim Percpu VmallocUsed KernelStack PageTables AnonPages Shmem; do
		set -- "$@" "$(memory $name)"
	done
	set -- "$@" "$(cut -f1 /proc/sys/fs/file-nr)" "$(cut -f1 /proc/sys/fs/inode-nr)"
	set -- "$@" "$(ls /proc 2>/dev/null | grep -c "^[0-9]")"
	set -- "$@" $(pins count) "$(find /sys/fs/bpf | wc -l)"
	bailiff status --json >/tmp/status.json 2>/dev/null
	bailiff report --json --by host --limit 1 >/tmp/report.json 2>/dev/null
	set -- "$@" $in_force "$(field /tmp/status.json generation)" "$(field /tmp/status.json kernel_bytes)" \
		"$(field /tmp/status.json ring_waiting)"
	front=$(pidof bailiff-front) writer=$(pidof bailiff-store)
	set -- "$@" "$(rss $guard)" "$(rss $front)" "$(rss $writer)" "$(fds $guard)" "$(fds $front)" "$(fds $writer)"
	set -- "$@" "$(rss $supervisor)" "$(fds $supervisor)"
	set -- "$@" "$(stat -c %s /var/lib/bailiff/violations.db)" "$(stat -c %s /var/lib/bailiff/violations.db-wal)"
	for name in kinds violations lost; do set -- "$@" "$(field /tmp/report.json $name)"; done
	set -- "$@" "$(cat /tmp/report /tmp/report.* | wc -c)" $loads $unloads $all_unloads $watches $reports
	set -- "$@" "$(cut -d' ' -f2 /sys/fs/cgroup/cgroup.stat | head -n 2 | tr '\n' '+' | sed 's/+$//')"
	for pair in $(load counts); do set -- "$@" "${pair#*=}"; done
	for name in denied audited lost-lsm lost-seccomp; do set -- "$@" "$(field /tmp/status.json $name)"; done
	set -- "$@" "$(grep -o '"closed[a-z-]*":[0-9]*' /tmp/status.json | awk -F: '{n += $2} END {print n + 0}')"
	row="soak-row	$(now)"
	for value; do row="$row	${value:--}"; done
	echo "$row"
}
slabs() { # the largest, so that a row that grows can be explained
	awk 'NR > 2 {print $1, $3 * $4}' /proc/slabinfo | sort -k 2 -n | tail -n 24 | sed "s/^/soak-slab	$(now)	/"
}
sampler() { # in the background; what the driver counts is in /tmp/counts
	while :; do
		. /tmp/counts
		sample
		sleep "$every"
	done
}
keep_counts() {
	cat >/tmp/counts.new <<-END
		loads=$loads unloads=$unloads all_unloads=$all_unloads watches=$watches reports=$reports
		in_force=$in_force guard=$guard supervisor=$supervisor
	END
	mv /tmp/counts.new /tmp/counts
}

# --- What is done with policies -------------------------------------------------------------------
settle() { # until what is stored has been the same for three seconds
	last=-1 tries=0
	while [ $((tries += 1)) -lt 60 ]; do
		bailiff report --json --by host --limit 1 >/tmp/settle.json 2>/dev/null
		this=$(field /tmp/settle.json violations)+$(field /tmp/settle.json lost)
		[ "$this" != "$last" ] || break
		last=$this
		sleep 3
	done
}
all_gone() { # the kernel frees later, and on a busy machine much later
	tries=0
	until [ "$(pins count)" = "0 0 0" ] || [ $((tries += 1)) -gt 600 ]; do sleep 0.2; done
	left="progs maps links $(pins count), pins $(find /sys/fs/bpf | wc -l)"
}
check() {
	load pause
	settle
	bailiff status --json >/tmp/check.json 2>&1
	echo "soak-check	$(now)	$(load counts) launched=$launched all_unloads=$all_unloads	$(grep -o '"counters":{[^}]*}' /tmp/check.json)	$(grep -o \
		'"summary":{[^}]*}' /tmp/settle.json)	$(grep -o '"lost":\[.*' /tmp/settle.json | tr '\n' ' ')"
	[ "$1" = stay ] || load resume
}
change_core() { # change_core N: by the service, which sees it
	before=$(generation)
	core "$1" >/etc/bailiff/.core
	mv /etc/bailiff/.core /etc/bailiff/policies/core.yaml
	tries=0
	while [ "$(generation)" = "$before" ]; do
		[ $((tries += 1)) -lt 3000 ] || { tell "NOT LOADED: core $1: $(tail -n 2 /tmp/guard.log)"; break; }
		sleep 0.5
	done
	loads=$((loads + 1))
}
load_extra() { # load_extra N
	extra "$1" >/extra.yaml
	load set extra 2
	if bailiff load /extra.yaml >/tmp/out 2>&1; then
		load set extra 1
	else
		tell "NOT LOADED: extra $1: $(cat /tmp/out)"
	fi
	loads=$((loads + 1))
}
unload_extra() {
	load set extra 2
	if bailiff unload extra >/tmp/out 2>&1; then
		load set extra 0
	else
		tell "NOT UNLOADED: extra: $(cat /tmp/out)"
	fi
	unloads=$((unloads + 1))
}
unload_all() {
	check stay
	load epoch
	load set core 2
	load set extra 2
	in_force=0
	keep_counts
	bailiff unload --all >/tmp/out 2>&1 || tell "NOT UNLOADED: $(cat /tmp/out)"
	load set core 0
	load set extra 0
	load resume
	all_gone
	tell "all unloaded: $left, $(grep -E '^(SUnreclaim|Percpu|VmallocUsed|Slab)' /proc/meminfo | tr -s ' \n' ' ')"
	sleep 5 # work goes on, under nothing
	load set core 2
	[ $((all_unloads % 2)) = 1 ] || load pause # else it is loaded while they work, which takes long
	bailiff guard --reload >/tmp/out 2>&1 || tell "NOT RELOADED: $(cat /tmp/out)"
	tries=0
	until [ "$(generation)" ]; do
		[ $((tries += 1)) -lt 3000 ] || { tell "NOT RELOADED: $(tail -n 2 /tmp/guard.log)"; break; }
		sleep 0.5
	done
	load set core 1
	load resume
	in_force=1 all_unloads=$((all_unloads + 1))
	app
}
watch_a_while() {
	timeout 20 bailiff watch --json --count $((5 + $1 % 40)) >/tmp/watched 2>&1 &
	timeout 15 bailiff watch >/dev/null 2>&1 &
	watches=$((watches + 2))
}
review() {
	bailiff report >/tmp/review 2>&1 || tell "NO REPORT: $(cat /tmp/review)"
	[ $(($1 % 5)) != 0 ] || bailiff report --html /tmp/review.html --limit 100 >/dev/null 2>&1
	[ $(($1 % 7)) != 0 ] || bailiff store check >/tmp/review 2>&1 || tell "DAMAGED: $(cat /tmp/review)"
	reports=$((reports + 1))
}
short_run() {
	bailiff run -p /own.yaml -r none --store none sh -c 'mkdir /other/no' >/dev/null 2>&1 && tell "WRONG: run made it"
	bailiff run -p app --loaded cat /secret/x >/dev/null 2>&1 && tell "WRONG: launched read it"
	launched=$((launched + 1))
}

# --- The whole ------------------------------------------------------------------------------------
mkdir -p /etc/bailiff/policies /shared /forbidden /extra /secret /closed /watched /var/lib
mkdir -p -m 1777 /other
mkdir -p /sys/fs/cgroup/governed/a /sys/fs/cgroup/elsewhere /sys/fs/cgroup/free
for directory in forbidden extra secret closed watched other; do echo x >/$directory/x; done
cp /bin/nothing /bin/yesexec
cp /bin/nothing /bin/noexec
ip link set lo up
load begin
write_fixed
core 10 >/etc/bailiff/policies/core.yaml
loads=0 unloads=0 all_unloads=0 watches=0 reports=0 in_force=1 launched=0
echo 60 >/proc/sys/kernel/watchdog_thresh # the host's other work is no lockup of ours
start_guard
tell "$(tail -n 1 /tmp/guard.log)"
began=$(cut -d. -f1 /proc/uptime)
all_every=$((seconds / 7))
[ $all_every -ge 20 ] || all_every=20
all_at=$all_every
load set core 1
for way in files files tasks net; do work governed/a $way; done
work free free
app
bailiff run -p /own.yaml -r /tmp/own-report --rotate 1M,1 load work own &
supervisor=$!
bailiff run -p /confined.yaml -r none load work confined &
keep_counts
echo "soak-head	$(echo $head_names | tr ' ' '\t')"
slabs
sampler &
sampling=$!
i=0
while [ "$(now)" -lt "$seconds" ] || [ $all_unloads = 0 ]; do
	i=$((i + 1))
	case $((i % 5)) in 0) n=10 ;; 1) n=300 ;; 2) n=2000 ;; 3) n=50 ;; 4) n=900 ;; esac
	watch_a_while $i
	change_core $n
	load_extra $((n / 3 + 1))
	review $i
	keep_counts
	sleep 5
	short_run
	unload_extra
	[ $((i % 4)) != 2 ] || check
	if [ "$(now)" -ge $all_at ]; then
		unload_all
		all_at=$(($(now) + all_every))
		slabs
	fi
	keep_counts
	sleep 3
done
check stay
. /tmp/counts
sample
kill $sampling
load resume
load stop
sleep 2
load each | sed 's/^/soak-each	/'
kill -TERM $guard
wait $guard
tell "the service's end: $?"
tail -n 5 /tmp/guard.log | sed 's/^/soak: log: /'
dmesg | grep -E 'BUG|WARNING|Oops|leak|hung' | sed 's/^/soak: KERNEL: /'
bailiff unload --all
all_gone
tell "the end: $left"
