#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# redis-server under its policy: redis-benchmark over TCP and a Unix socket, all ways of saving, Lua,
# a replica, a restart from what was saved, with nothing reported. Then an attack by a hostile module,
# which is how redis is taken over from the network in practice.
# timeout: 90
. "$(dirname "$0")/../common/lib.sh"
. "$(dirname "$0")/../common/policies.sh"
for program in redis-server redis-cli redis-benchmark; do
	have $program || skip_all "$program is not there"
done
enter_work
user=nobody
if id -u redis >/dev/null 2>&1; then user=redis; fi
own_dir "$work/a" $user
own_dir "$work/b" $user
port=$(free_port)
cc -shared -fPIC -O1 -D_GNU_SOURCE -DATTACK_LIBRARY "$repository/tests/live/attack.c" -o attack.so \
	2>cc.err && chmod 755 attack.so
here redis "$work/attack.so" "$work/a/**, $work/b/**"
replica=$(free_port)

# start REPORT DIR ARGUMENT...: in $bailiff
start() {
	start_report=$1
	start_dir=$2
	shift 2
	become $user "$BAILIFF" run -p policies/redis-here.yaml --report "$start_report" -- redis-server \
		--dir "$start_dir" --bind 127.0.0.1 -::1 --daemonize no "$@" >>"$work/out" 2>&1 &
	bailiff=$!
	pids="$pids $bailiff"
}
cli() { redis-cli -p "$port" "$@" 2>&1; }
serves() { [ "$(redis-cli -p "$1" ping 2>&1)" = PONG ]; }
idle() { cli info persistence | grep -cE '^(rdb_bgsave|aof_rewrite)_in_progress:0' | grep -qx 2; }
copied() { redis-cli -p "$replica" info replication | grep -q '^master_link_status:up'; }

start "$work/a/report" "$work/a" --port "$port" --unixsocket "$work/a/socket" --appendonly yes \
	--save 1 10 --enable-debug-command yes --enable-module-command yes \
	--repl-diskless-sync-delay 0
wait_for 10 serves "$port" || fail start "$(tail -n 3 out)"
main=$bailiff

redis-benchmark -q -p "$port" -n 5000 -c 20 -r 2000 >bench 2>&1
expect "benchmark over TCP" 0 $?
redis-benchmark -q -s "$work/a/socket" -n 5000 -c 20 -t set,get,lpush -P 8 >bench 2>&1
expect "benchmark over a Unix socket" 0 $?
wait_for 20 idle
expect BGSAVE "Background saving started" "$(cli bgsave)"
redis-benchmark -q -p "$port" -n 5000 -c 20 -t set,hset >bench 2>&1
wait_for 20 idle
expect BGREWRITEAOF "Background append only file rewriting started" "$(cli bgrewriteaof)"
redis-benchmark -q -p "$port" -n 5000 -c 20 -t set,hset >bench 2>&1
wait_for 20 idle
expect "children saved" "ok ok" "$(cli info persistence | tr -d '\r' |
	sed -n 's/^\(rdb_last_bgsave_status\|aof_last_bgrewrite_status\)://p' | paste -s -d ' ')"
expect SAVE OK "$(cli save)"
expect Lua 45 "$(cli eval 'local n = 0; for i = 1, 9 do n = n + i end; return n' 0)"
cli config set watchdog-period 100 >/dev/null
cli config set watchdog-period 0 >/dev/null
cli config set maxmemory 200mb >/dev/null
cli memory purge >/dev/null
cli info all >/dev/null
cli set kept value >/dev/null

start "$work/b/report" "$work/b" --port "$replica" --replicaof "127.0.0.1 $port"
second=$bailiff
if wait_for 20 copied; then pass "replica"; else fail "replica" "not in step"; fi
expect "replica's value" value "$(redis-cli -p "$replica" get kept)"
redis-cli -p "$replica" shutdown nosave >/dev/null 2>&1
ended "$second"
expect "replica's stop" 0 $?
expect_quiet "replica: nothing denied" "$work/b/report"

size=$(cli dbsize)
kill -TERM "$main"
ended "$main"
expect "stop" 0 $?
expect_quiet "nothing denied" "$work/a/report"

rm "$work/a/report"
start "$work/a/report" "$work/a" --port "$port" --appendonly yes --enable-module-command yes \
	--io-threads 2
wait_for 10 serves "$port" || fail restart "$(tail -n 3 out)"
expect "restart: all keys" "$size" "$(cli dbsize)"
# I/O threads spin: a short run, for they starve where cores are shared
redis-benchmark -q -p "$port" -n 300 -c 20 -t set,get >bench 2>&1
expect "benchmark with I/O threads" 0 $?
expect_quiet "restart: nothing denied" "$work/a/report"

if [ -x attack.so ]; then
	printf '%s\n' exec rwx make-exec vsock alg packet io-uring unshare clone ptrace vm-write keyctl \
		bpf userfault tiocsti personality read-file make-file link raw x32 >a/attack.in
	cli module load "$work/attack.so" >/dev/null
	expect "attack: the program's view" "ptrace EPERM
vm-write EPERM
io-uring $uring
unshare EPERM
clone EPERM
vsock EPERM
alg EPERM
packet EPERM
tiocsti EPERM
keyctl EPERM
bpf EPERM
userfault EPERM
personality EPERM
exec EPERM
rwx EPERM
make-exec EPERM
read-file EACCES
make-file EACCES
link EPERM
raw EPERM
x32 ENOSYS" "$(cat a/attack.out 2>&1)"
	sleep 1.2
	memory='@ policies/redis.yaml: deny: [anonymous-memory, writable-then-executable]'
	default='@ policies/redis.yaml: default: deny'
	kernel='@ policies/redis.yaml: deny: [modules, kexec, bpf, perf, mount, namespaces, ptrace, keyring, io-uring, clock, reboot, raw-io, log]'
	expect_violations "attack: the report" "$work/a/report" <<-END
		bpf 1 denied EPERM $kernel
		clone 1 denied EPERM @ policies/redis.yaml: capabilities: {default: deny}
		execve 1 denied EPERM @ policies/redis.yaml: - {calls: [execve, execveat], why: redis starts no program}
		getpid 1 denied ENOSYS @ policies/redis-here.yaml: architectures: [x86_64]
		io_uring_setup 1 denied EPERM @ policies/redis-here.yaml: files:
		ioctl 1 denied EPERM $default
		keyctl 1 denied EPERM $kernel
		linkat 1 denied EPERM $default
		mmap 1 denied EPERM $memory
		mprotect 1 denied EPERM $memory
		personality 1 denied EPERM $memory
		process_vm_writev 1 denied EPERM $kernel
		ptrace 1 denied EPERM $kernel
		socket 4 denied EPERM $default
		unshare 1 denied EPERM @ policies/redis.yaml: capabilities: {default: deny}
		userfaultfd 1 denied EPERM $default
	END
	expect "serves on" PONG "$(cli ping)"
else
	skip attack "cc can't build the module: $(head -n 1 cc.err)"
fi
cli shutdown >/dev/null 2>&1
ended "$bailiff"
expect "last stop" 0 $?
