/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bailiff: lets a program do what a policy says, and tells what else it tried.
 *
 *   policy text - doc - policy - filter - launch - event - sink
 *                              - ruleset
 *
 * The number is the layer: a room includes only the doors of lower ones (tests/layers.sh).
 *
 *   include/bailiff/   one header a room: its door, with the contract in it
 *
 *   0 base/            base.c        ownership, arrays that grow
 *                      arena.c       allocations with one lifetime and a limit
 *                      file.c        the one way to read a whole file
 *                      text.c        UTF-8, and what is harmful on a terminal
 *   0 diag/            diag.c        messages with positions, collected and sorted
 *   1 names/           data/, facts.py, gen.py  facts, checked, and the tables made of them
 *                      tables.h      the shape of those tables
 *                      calls.c       system calls by number and by name
 *                      constants.c   constants, errnos, capabilities
 *                      groups.c      systemd's groups
 *                      decode.c      an argument as a person would write it
 *                      nearest.c     what a misspelt name may have meant
 *   1 doc/             doc.c         YAML to a tree with positions
 *                      hints.c       what is wrong with it, in plain words
 *   1 proc/            proc.c        what /proc says of a task
 *                      users.c       names of users and groups
 *                      cgroups.c     paths of cgroups by their ids
 *   2 policy/          read.c        the file, its classes and includes
 *                      files.c       the files that a policy is read from, kept
 *                      include.c     where included policies are found
 *                      rules.c       what the rules of all classes share
 *                      syscalls.c    rules of `syscalls`
 *                      conditions.c  conditions on arguments, lowered to masked comparisons
 *                      values.c      numbers as a policy writes them
 *                      caps_kernel.c rules of `capabilities` and `kernel`
 *                      surfaces.c    the kernel's surfaces and their calls
 *                      paths.c       rules of `files` and `exec`
 *                      network.c     rules of `network`
 *                      closed.c      what a policy denies wherever it is tried
 *                      lower.c       what of `files` a filter can hold; calls of other classes
 *                      memory.c      what of `exec` a filter can hold: executable memory
 *                      sockets.c     what of `network` a filter can hold
 *                      scope.c       whom a loaded policy governs
 *                      tables.c      the rules gathered by call, in order
 *                      conflicts.c   rules that contradict each other or change nothing
 *                      decide.c      the verdict on a call: what all else is held against
 *                      review.c      what a policy leaves open
 *                      gen-shipped.py policies/ as a table of the program
 *   3 filter/          compile.c     policy to a graph of tests
 *                      graph.c       nodes, made once each; conditions as tests of words
 *                      tree.c        the cheapest decision tree over intervals
 *                      emit.c        graph to instructions
 *                      run.c         the simulator, and the kernel's rules for valid code
 *                      prove.c       the simulator against the policy's own evaluation
 *                      gate.c        the launcher's own execve
 *                      print.c       assembly
 *   3 oci/             oci.c         an import, from JSON to YAML
 *                      json.c        JSON with positions and bounds
 *                      profile.c     what a profile says for one container
 *                      arch.c        which architectures it is for
 *                      resolve.c     what libseccomp makes of it, call by call
 *                      settle.c      its order of rules, as levels
 *                      conds.c       single conditions and actions
 *                      mux.c         socketcall and ipc
 *                      yaml.c        the policy, list by list
 *                      write.c       words and lines of YAML
 *                      export.c      a policy as a profile
 *                      cubes.c       sets of calls, for the export
 *   3 event/           event.c       a violation as JSON
 *                      text.c        the same for a person
 *                      syslog.c      the same for syslog and the journal
 *                      line.c        writing into a line
 *                      parse.c       and back to an event
 *                      value.c       an argument's text as a number again
 *                      process.c     a process, in one block
 *                      fold.c        repeats, with exact counts
 *   3 ruleset/         compile.c     all loaded policies to one image, stage after stage
 *                      policies.c    bits, and what equal policies have in common
 *                      scopes.c      whom each governs
 *                      places.c      policies with those of their `by` sets that occur together
 *                      claims.c      what rules say of paths and names
 *                      trie.c        literal components as a tree, the wild rest as positions
 *                      sets.c        sets of positions, and where a component leads
 *                      globs.c       wildcards within a component, as automata over bytes
 *                      vectors.c     what holds at a place, and who decided it
 *                      automaton.c   the states
 *                      decisions.c   capabilities, surfaces, the words of exec
 *                      sockets.c     families and types
 *                      network.c     prefixes
 *                      ports.c       ports of a prefix, as intervals
 *                      index.c       hashes to numbers
 *                      tables.c      edges, and the image as a whole
 *                      texts.c       names and lines, for people
 *                      check.c       is an image whole?
 *                      ask.c, look.h questions, answered as the kernel answers them
 *   3 landlock/        landlock.c    a policy's patterns, for Landlock
 *                      rights.c      the kernel's rights, and the policy's words for them
 *                      places.c      the file system as the patterns divide it
 *                      weigh.c       what is allowed at and below a place
 *                      ports.c       ports and protocols
 *                      sockets.c     unix sockets
 *                      lacks.c       what can't be held
 *                      blame.c       whose rule a denial goes back to
 *   4 image/           format.h      a compiled policy on disk
 *                      write.c       written, proved
 *                      read.c        read, checked
 *                      objects.c     its rules on paths and addresses
 *   4 probe/           btf.c         which hooks the kernel has, as the programs need them
 *                      hooks_core.c, hooks_files.c, hooks_rest.c  the tables of hooks
 *                      kernel.c      the machine as a whole
 *                      missing.c     what a policy asks for, and the kernel lacks
 *                      landlock.c    what `run` has to hold a policy with
 *   4 sink/            open.c        where reports go
 *                      sink.c        what waits, and what was lost
 *                      write.c       one write that never waits
 *                      log.c         systemd's journal, and syslog
 *                      rotate.c      another file where one is large
 *   4 store/           open.c        the file, or one in memory
 *                      path.c        where it lies, and who may write there
 *                      schema.c      its tables, made and compared
 *                      hash.c        kinds to keys
 *                      pending.c     what waits for a commit
 *                      batch.c       what waits, from one process to another
 *                      commit.c      written, in one transaction
 *                      statement.c   statements and transactions
 *                      trim.c        what is too old or too much
 *                      query.c       filters, groups, sums
 *                      show.c        one kind whole; acknowledged, deleted, checked
 *                      import.c      JSONL taken in
 *                      error.c       what SQLite says, in words
 *                      lean.c        what is left out of SQLite
 *   4 metrics/         metrics.c     what is counted
 *                      series.c      counts by labels, bounded
 *                      text.c        Prometheus's text format
 *                      target.c      where it is served
 *                      serve.c       HTTP, by libmicrohttpd
 *   4 suggest/         suggest.c     a change to a policy that allows what was seen, from the door to the end
 *                      calls.c       the rule that a call needs
 *                      narrow.c      a rule that refuses a call, taken back for that one
 *                      question.c    what a hook was asked, from the words of its violation
 *                      objects.c     the rule that a file, a program, an address needs
 *                      find.c        where a rule stands in the text
 *                      edit.c        where to write, so that comments and layout stay
 *                      words.c       names, values and paths as YAML
 *                      try.c         an edit, compiled and asked again
 *                      compare_calls.c what else the filter lets through now
 *                      compare_sets.c the same of what hooks are asked
 *                      holes.c       warnings
 *                      diff.c        two texts, line by line
 *   5 launch/          launch.c      the plan, the child, and what became of it
 *                      confine.c     the Landlock ruleset, by what lies in the file system
 *                      explain.c     why a program was not started
 *                      start.c       how a process becomes the governed program
 *                      ask.c         a word with the service
 *                      lookup.c      argv[0] in PATH
 *                      user.c        --user
 *                      caps.c        capabilities
 *                      signals.c     what is saved, blocked, forwarded
 *                      supervise.c   the one loop
 *                      notify.c      a notified call: answered, then told
 *                      audit.h, audit.c
 *                                    the audit stream, where Landlock's denials are
 *                      audit_parse.c
 *                                    a record of it
 *                      audit_events.c
 *                                    from records to denials of one domain
 *                      refusal.c     such a denial, told
 *                      keep.c        what goes into the store
 *                      process.c     what is known of a task
 *                      summary.c     the table at the end
 *   5 lsm/             inflate.c     the object, as it lies in this program
 *                      load.c        the same, into the kernel
 *                      lsm.c         what is loaded, opened or taken
 *                      pins.c        what outlives us, and what a crash leaves
 *                      self.c        what is kept from governed tasks: this program and its pins
 *                      publish.c     a generation, with one store
 *                      tasks.c       the lock; labels of tasks that are there already
 *                      status.c      what there is to see
 *   5 report/          gather.c      what a report tells, read at one time
 *                      table.c       the summary and the table
 *                      show.c        one kind, for a person
 *                      text.c        times, numbers, columns, escapes
 *                      source.c      the policy's lines around a rule
 *                      seen.c        what was seen of a kind, as events again
 *                      judged.c      the policy that it was judged by, as its files are now
 *                      advice.c      the change to it that would allow what was seen
 *                      json.c        for programs
 *                      csv.c         for spreadsheets
 *                      page.c        for a browser; page/ holds its parts, gen-page.py joins them
 *   6 load/            load.c        from paths to a generation in force
 *                      set.c         policies, read and compiled as one set
 *                      copies.c      copies of what is loaded
 *                      machine.c     users by name, links in paths
 *                      trial.c       the process that goes back
 *                      ring.c        the one reader of the ring
 *                      reader.c      what it asks of what is loaded
 *                      decode.c      a record as an event
 *                      object.c      what was tried, on what
 *                      people.c      who did it
 *   7 service/         guard.c       the keeper: loads, loads again, ends
 *                      keeper.c, keeper.h  and sees to it that there is a front
 *                      load.c        the policies of directories, as one set
 *                      changes.c     whether what they come from has changed
 *                      govern.c      labelling a process that asks for it
 *                      answer.c      what the keeper tells the front
 *                      front.c       the front: reads, tells, answers
 *                      exporter.c    its metrics
 *                      figures.c     what the keeper says to them of the kernel's side
 *                      outbox.c      what the front has for the store
 *                      ledger.c      what is lost where the front is killed
 *                      writer.c      the process that writes it there
 *                      known.c       policies whose filters are told of
 *                      clients.c     who is connected, and what for
 *                      request.c     what they say
 *                      stream.c      violations for many readers
 *                      client.c      asking the service
 *                      channel.c     messages between keeper and front
 *                      drop.c        giving privileges up
 *                      socket.c      what there is one of
 *                      manager.c     what the service manager wants to know
 *   8 commands/        table.c       the only list of commands
 *                      dispatch.c    options, help, usage errors
 *                      completion.c  bash completion, from the table
 *                      run.c, check.c, compile.c, explain.c, import.c
 *                      probe.c       what `run` and the host plane can hold here
 *                      load.c        load, unload, mode, confirm
 *                      status.c      what is loaded
 *                      watch.c       violations as they happen
 *                      follow.c      those that come into a store
 *                      screen.c      the same on a terminal, where repeats are counted
 *                      guard.c       the service
 *                      report.c      what a store holds
 *                      store.c       its keeping; reports of elsewhere taken in
 *                      json.c        JSON as commands print it
 *                      unenforced.c  rules that `run` can't enforce
 *                      confined.c    what `run` holds beside its filter
 *   main.c             this map
 *
 *   bpf/               the kernel side of the host plane
 *   policies/          shipped policies, which are also inside the program
 *   tests/             mirrors enforcer/; run.py runs them all
 *   examples/          things to copy
 */
#include <stdlib.h>

#include "commands/commands.h"

int main(int argc, char **argv)
{
	exit(command_dispatch(argc, argv));
}
