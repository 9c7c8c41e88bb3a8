#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# PostgreSQL under its policy: initdb, pgbench, autovacuum, parallel queries, JIT, archiving, a base
# backup, reload and stop, with nothing reported. Then an attack by COPY ... FROM PROGRAM, by which a
# database superuser runs a program in the server.
# timeout: 90
. "$(dirname "$0")/../common/lib.sh"
. "$(dirname "$0")/../common/policies.sh"
bin=
for candidate in /usr/lib/postgresql/*/bin; do
	if [ -x "$candidate/postgres" ] && [ -x "$candidate/initdb" ]; then bin=$candidate; fi
done
[ -n "$bin" ] || skip_all "postgres is not there"
PATH=$bin:$PATH
have pgbench || skip_all "pgbench is not there"
enter_work
user=nobody
if id -u postgres >/dev/null 2>&1; then user=postgres; fi
d=$work/pg
own_dir "$d" $user
port=$(free_port)
here postgresql "$work/bin/attack" "$d/**" 'exec: {default: deny, allow: ['"$work/bin/attack"']}'
if [ -x "$BAILIFF_BUILD/live/attack" ]; then install -m 755 "$BAILIFF_BUILD/live/attack" bin/attack; fi

as $user "$BAILIFF" run -p policies/postgresql-here.yaml --report "$d/report-initdb" -- \
	"$bin/pg_ctl" initdb -D "$d/data" -o "-A trust -N -k -U postgres" >out 2>&1
expect "pg_ctl initdb" 0 $?
expect_quiet "initdb: nothing denied" "$d/report-initdb"
[ -f "$d/data/postgresql.conf" ] || exit 1

as $user mkdir "$d/archive" "$d/space"
as $user tee -a "$d/data/postgresql.conf" >/dev/null <<-END
	port = $port
	listen_addresses = 'localhost'
	unix_socket_directories = '$d'
	logging_collector = on
	log_rotation_age = 1
	autovacuum_naptime = 1s
	autovacuum_vacuum_threshold = 1
	archive_mode = on
	archive_command = 'test ! -f $d/archive/%f && cp %p $d/archive/%f'
	max_wal_senders = 3
	shared_buffers = 16MB
END
become $user "$BAILIFF" run -p policies/postgresql-here.yaml --report "$d/report" -- \
	"$bin/postgres" -D "$d/data" >out 2>&1 &
bailiff=$!
pids="$pids $bailiff"
# Errors only: before Linux 6.2 there are warnings of files that are not truncated before they are deleted.
export PGOPTIONS='-c client_min_messages=error'
sql() { psql -h "$d" -p "$port" -U postgres -AtqX -c "$1" "${2:-postgres}" 2>&1 | tail -n "${3:-1}"; }
ready() { [ "$(sql 'select 1')" = 1 ]; }
archived() { [ "$(sql "select archived_count > 0 and failed_count = 0 from pg_stat_archiver")" = t ]; }
vacuumed() { [ "$(sql "select sum(autovacuum_count) > 0 from pg_stat_user_tables")" = t ]; }
wait_for 20 ready || fail start "$(tail -n 3 out)"

pgbench -h "$d" -p "$port" -U postgres -i -q postgres >bench 2>&1
expect "pgbench: preparation" 0 $?
pgbench -h "$d" -p "$port" -U postgres -c 4 -T 4 postgres >bench 2>&1
expect "pgbench: Unix socket" 0 $?
pgbench -h localhost -p "$port" -U postgres -c 2 -T 2 -C -S postgres >bench 2>&1
expect "pgbench: TCP, a connection for each transaction" 0 $?
expect "parallel query" 100000 "$(sql "set min_parallel_table_scan_size = 0; set parallel_setup_cost = 0;
	set parallel_tuple_cost = 0; select count(*) from pgbench_accounts")"
if [ "$(sql "select pg_jit_available()")" = t ]; then
	expect "JIT" t "$(sql "set jit = on; set jit_above_cost = 0; set jit_inline_above_cost = 0;
		set jit_optimize_above_cost = 0; set max_parallel_workers_per_gather = 0;
		select sum(abalance * 2 + aid) is not null from pgbench_accounts where bid + aid > 7")"
else
	skip "JIT" "this server has none"
fi
expect "sort on disk" 200000 "$(sql "set work_mem = '64kB';
	select count(*) from (select * from generate_series(1, 200000) g order by 1 desc) s")"
expect "tablespace" "" "$(sql "create tablespace space location '$d/space'")"
expect "table there" 10 "$(sql "create table t tablespace space as select * from generate_series(1, 10);
	select count(*) from t")"
expect "database" "" "$(sql "create database second")"
expect "dropped" "" "$(sql "drop database second")"
expect "vacuum full" "" "$(sql "vacuum full")"
expect "checkpoint" "" "$(sql "checkpoint")"
expect "copy to a program" "" "$(sql "copy pgbench_accounts to program 'cat >/dev/null'")"
expect "reload, new log, new segment" "t|t" "$(sql "select pg_reload_conf(), pg_rotate_logfile()
	from pg_switch_wal()")"
as $user "$bin/pg_basebackup" -h "$d" -p "$port" -U postgres -D "$d/backup" \
	-T "$d/space=$d/backup-space" >bench 2>&1
expect "base backup" 0 $?
if wait_for 10 archived; then pass "archiving"; else fail "archiving" "$(sql "select * from pg_stat_archiver")"; fi
if wait_for 10 vacuumed; then pass "autovacuum"; else fail "autovacuum" "none"; fi
expect_quiet "nothing denied" "$d/report"

if [ -x bin/attack ]; then
	tried="ptrace vm-write io-uring unshare clone setns vsock alg packet tiocsti keyctl bpf perf"
	tried="$tried userfault mount module personality rwx x32 exec read-file make-file link raw"
	expect "attack: the program's view" "ptrace EPERM
vm-write EPERM
io-uring $uring
unshare EPERM
clone EPERM
setns EPERM
vsock EPERM
alg EPERM
packet EPERM
tiocsti EPERM
keyctl EPERM
bpf EPERM
perf EPERM
userfault EPERM
mount EPERM
module EPERM
personality EPERM
exec EACCES
rwx EPERM
read-file EACCES
make-file EACCES
link EPERM
raw EPERM
x32 ENOSYS" "$(sql "create table loot(line text); copy loot from program '$work/bin/attack $tried';
	select line from loot" postgres 99)"
	sleep 1.2
	default='@ policies/postgresql.yaml: default: deny'
	kernel='@ policies/postgresql.yaml: deny: [modules, kexec, bpf, perf, mount, namespaces, ptrace, keyring, io-uring, clock, reboot, raw-io, log]'
	expect_violations "attack: the report" "$d/report" <<-END
		bpf 1 denied EPERM $kernel
		clone 1 denied EPERM @ policies/postgresql.yaml: capabilities: {default: deny}
		getpid 1 denied ENOSYS @ policies/postgresql-here.yaml: architectures: [x86_64]
		init_module 1 denied EPERM $kernel
		io_uring_setup 1 denied EPERM @ policies/postgresql-here.yaml: files:
		ioctl 1 denied EPERM $default
		keyctl 1 denied EPERM $kernel
		linkat 1 denied EPERM @ policies/postgresql-here.yaml: default: deny
		mmap 1 denied EPERM @ policies/postgresql.yaml: - mmap: {prot: {all-of: [PROT_WRITE, PROT_EXEC]}, why: writable and executable}
		mount 1 denied EPERM $kernel
		perf_event_open 1 denied EPERM $kernel
		personality 1 denied EPERM $default
		process_vm_writev 1 denied EPERM $kernel
		ptrace 1 denied EPERM $kernel
		setns 1 denied EPERM @ policies/postgresql.yaml: capabilities: {default: deny}
		socket 4 denied EPERM $default
		unshare 1 denied EPERM @ policies/postgresql.yaml: capabilities: {default: deny}
		userfaultfd 1 denied EPERM $default
	END
else
	skip attack "build/live/attack is not built"
fi

# from outside: where Landlock scopes signals, no other `bailiff run` can
as $user "$bin/pg_ctl" -D "$d/data" -m fast -w stop >bench 2>&1
expect "pg_ctl stop" 0 $?
ended "$bailiff"
expect "the server's status" 0 $?
expect "nothing is left" "" "$(pgrep -f "$d/data")"
