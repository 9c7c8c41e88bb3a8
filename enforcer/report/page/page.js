"use strict";
// Names come from programs that did what they may not do. They become text nodes, never markup, and what
// could hide in them, or turn a line around, is spelled out first.
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const verdicts = ["killed", "denied", "would-deny", "audited"];
const HOUR = 3600, MOST = 500;
const state = { sort: null, down: true, text: "", verdicts: new Set(), fresh: false, time: null, local: false, most: MOST };

// --- Making elements

function make(tag, attributes, ...children) {
	const e = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes || {}))
		if (value !== null && value !== undefined) e.setAttribute(name, value);
	e.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined));
	return e;
}
function draw(tag, attributes, ...children) {
	const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
	for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
	e.append(...children);
	return e;
}
function button(attributes, text, act) {
	const b = make("button", { type: "button", ...attributes }, text);
	b.addEventListener("click", act);
	return b;
}
// Controls, and all that is not seen or moves its neighbours: \xNN, as in a terminal.
const hidden = /([\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0]+|\\x[0-9a-f]{2})/u;
const bytes = new TextEncoder();
function spell(part) {
	return part.startsWith("\\") ? part : [...bytes.encode(part)].map((b) => "\\x" + b.toString(16).padStart(2, "0")).join("");
}
function show(text) {
	return String(text).split(hidden).map((part, i) => (i % 2 ? make("span", { class: "odd" }, spell(part)) : part));
}
function cut(text, most) {
	const all = [...text], head = Math.floor(most / 3);
	return all.length <= most ? text : all.slice(0, head).join("") + " \u2026 " + all.slice(head - most).join("");
}
// The last name of a path says most.
function path(text, most) {
	const short = most ? cut(text, most) : text, slash = short.lastIndexOf("/");
	return make("span", { class: "name" }, slash < 1 || !/^(unix:)?\//.test(short) ? show(short) :
		[make("span", { class: "dim" }, show(short.slice(0, slash + 1))), ...show(short.slice(slash + 1))]);
}

// --- Numbers and times

const plain = new Intl.NumberFormat("en"), compact = new Intl.NumberFormat("en", { notation: "compact" });
function counted(n, one, more) {
	return plain.format(n) + " " + (n === 1 ? one : more || one + "s");
}
function clock(seconds, length) {
	const at = new Date(seconds * 1000);
	const there = state.local ? new Date(at - at.getTimezoneOffset() * 60000) : at;
	return there.toISOString().replace("T", " ").slice(0, length);
}
function seconds(iso) {
	return Date.parse(iso.slice(0, 23) + "Z") / 1000;
}
function stamp(iso) {
	return iso ? clock(seconds(iso), 19) : "\u2013";
}
function ago(iso) {
	const s = Math.max(0, Date.now() / 1000 - seconds(iso));
	const [n, unit] = s < 60 ? [s, "s"] : s < HOUR ? [s / 60, "min"] : s < 48 * HOUR ? [s / HOUR, "h"] : [s / 86400, "days"];
	return Math.floor(n) + " " + unit + " ago";
}
function zone() {
	return state.local ? Intl.DateTimeFormat().resolvedOptions().timeZone || "local" : "UTC";
}

// --- Charts: a bar an hour, or as many hours as the width asks for

const steps = [1, 2, 3, 6, 12, 24, 48, 72, 168, 336, 720, 2160, 8760];
function grouped(hours, most) {
	const last = hours[hours.length - 1].hour / HOUR, first = Math.min(hours[0].hour / HOUR, last - 11);
	const step = steps.find((s) => Math.floor(last / s) - Math.floor(first / s) < most) || 87600;
	const start = Math.floor(first / step), n = Math.floor(last / step) - start + 1;
	const bars = Array.from({ length: n }, (_, i) => ({ from: (start + i) * step * HOUR, to: (start + i + 1) * step * HOUR, sum: 0 }));
	for (const h of hours)
		for (const v of verdicts)
			if (h[v]) {
				const bar = bars[Math.floor(h.hour / HOUR / step) - start];
				bar[v] = (bar[v] || 0) + h[v];
				bar.sum += h[v];
			}
	return { bars, step };
}
function nice(most) {
	const power = 10 ** Math.floor(Math.log10(most));
	return [1, 2, 4, 5, 10].map((f) => f * power).find((top) => top >= most);
}
function span(bar) {
	return clock(bar.from, 16) + " to " + clock(bar.to, bar.to - bar.from > 86400 ? 16 : 19).slice(bar.to - bar.from > 86400 ? 0 : 11, 16);
}
function told(bar) {
	const parts = verdicts.filter((v) => bar[v]).map((v) => plain.format(bar[v]) + " " + v);
	return span(bar) + ": " + (parts.join(", ") || "nothing");
}
function axis(svg, x, y, box, group) {
	const { bars, step } = group, wide = (box.right - box.left) / bars.length, shift = state.local ? -new Date(bars[0].from * 1000).getTimezoneOffset() * 60 : 0;
	const every = steps.find((s) => s >= step && (s / step) * wide >= box.em * 3.4) || 87600;
	let day = "";
	for (const [i, bar] of bars.entries()) {
		const here = clock(bar.from, 10), at = bar.from + shift;
		if (Math.floor(at / HOUR) % Math.min(every, 24) || (every > 24 && Math.floor(at / 86400) % (every / 24))) continue;
		svg.append(draw("line", { class: "tick", x1: x(i), x2: x(i), y1: box.bottom, y2: box.bottom + box.em * 0.35 }));
		if (x(i) > box.right - box.em * 1.4) continue;
		if (every < 24) svg.append(draw("text", { x: x(i), y: box.bottom + box.em * 1.3 }, clock(bar.from, 16).slice(11)));
		if (here !== day) svg.append(draw("text", { x: x(i), y: box.bottom + box.em * (every < 24 ? 2.4 : 1.3), class: "day" }, here.slice(every < 24 ? 0 : 5)));
		day = here;
	}
	for (const part of box.top_count > 1 ? [0, 0.5, 1] : [0, 1]) {
		const value = box.top_count * part;
		if (value % 1) continue;
		svg.append(draw("line", { class: part ? "grid" : "base", x1: box.left, x2: box.right, y1: y(value), y2: y(value) }),
			draw("text", { x: box.left - box.em * 0.4, y: y(value) + box.em * 0.3, class: "count" }, compact.format(value)));
	}
}
// Asked once, not by every kind that is opened: each answer costs a layout of the whole page.
const room = { em: 12, width: 800 };
function measure() {
	room.em = 0.75 * parseFloat(getComputedStyle(document.documentElement).fontSize);
	room.width = timeline.clientWidth || 800;
}
function chart(hours, width, tall, choose) {
	const em = room.em;
	const box = { em, left: em * 3, right: width - em * 0.5, top: em * 0.7, bottom: tall * em };
	const group = grouped(hours, Math.max(12, Math.min(168, (box.right - box.left) / (em * 0.55)))), bars = group.bars;
	box.top_count = nice(Math.max(1, ...bars.map((b) => b.sum)));
	const each = (box.right - box.left) / bars.length, x = (i) => box.left + i * each;
	const y = (count) => box.bottom - (count / box.top_count) * (box.bottom - box.top);
	const height = box.bottom + em * 2.8, svg = draw("svg", { class: "chart", viewBox: "0 0 " + width + " " + height });
	axis(svg, x, y, box, group);
	for (const [i, bar] of bars.entries()) {
		const g = draw("g", { class: "bar" });
		let low = box.bottom;
		for (const v of verdicts) {
			if (!bar[v]) continue;
			const part = Math.max(2, (bar[v] / box.top_count) * (box.bottom - box.top));
			low -= part;
			g.append(draw("rect", { class: v, x: x(i) + Math.min(2, each * 0.1), y: Math.max(0, low), width: Math.max(1, each - Math.min(4, each * 0.2)), height: part }));
		}
		g.append(draw("rect", { class: "hit", x: x(i), y: box.top - em * 0.5, width: each, height: box.bottom - box.top + em * 0.5 }, draw("title", {}, told(bar))));
		if (choose) choose(g, bar, i, bars);
		svg.append(g);
	}
	return { svg, group };
}
function table(title, rows) {
	return make("table", { class: "plain" }, make("caption", {}, title),
		make("tbody", {}, rows.map(([name, value]) => make("tr", {}, make("th", { scope: "row" }, name), make("td", { class: "number" }, value)))));
}
// The fills differ by pattern, so that colour is not needed to tell them apart.
function patterns() {
	const pattern = (v, ...marks) => draw("pattern", { id: "p-" + v, width: 6, height: 6, patternUnits: "userSpaceOnUse", class: v },
		draw("rect", { width: 6, height: 6, class: "under" }), ...marks);
	return draw("svg", { class: "patterns", width: 0, height: 0, "aria-hidden": "true" }, draw("defs", {},
		pattern("killed", draw("path", { d: "M0 0L6 6M6 0L0 6" })), pattern("denied", draw("rect", { width: 6, height: 6 })),
		pattern("would-deny", draw("path", { d: "M-1 1L1 -1M0 6L6 0M5 7L7 5" })), pattern("audited", draw("circle", { cx: 3, cy: 3, r: 1.4 }))));
}
function swatch(v) {
	return draw("svg", { class: "swatch", viewBox: "0 0 12 12", "aria-hidden": "true" }, draw("rect", { class: v, x: 0.5, y: 0.5, width: 11, height: 11 }));
}

// --- One kind

function facts(pairs) {
	return make("dl", {}, pairs.filter(([, value]) => value !== null && value !== undefined && value !== "")
		.map(([name, value]) => [make("dt", {}, name), make("dd", {}, typeof value === "string" ? make("span", { class: "text" }, show(value)) : value)]));
}
function mono(value) {
	return value && make("span", { class: "name" }, show(value));
}
function part(title, ...content) {
	return make("section", {}, make("h3", {}, title), ...content);
}
function values(json) {
	try {
		return Object.entries(JSON.parse(json)).map(([k, v]) => k + "=" + v).join(", ");
	} catch {
		return json;
	}
}
function source(kind) {
	const line = kind.rule.slice(kind.rule.lastIndexOf(":") + 1);
	return part("The policy\u2019s lines, as they were when this page was made", kind.changed ?
		make("p", { class: "changed" }, "\u26a0 The file was changed after this was last seen: it may have been another rule.") : "", make("pre", { class: "source" }, kind.lines.map(([number, text]) => {
		const here = String(number) === line;
		return make("span", { class: here ? "this" : null }, make("b", {}, here ? make("i", { role: "img", "aria-label": "decided by" }, "\u25b6") : "", String(number)),
			make("span", {}, show(text)));
	})));
}
function tree(records) {
	const roots = { below: new Map() };
	for (const record of records) {
		let at = roots;
		for (const task of [...(record.ancestors || [])].reverse().concat(record.process)) {
			const key = task.pid + " " + task.exe + " " + task.comm;
			if (!at.below.has(key)) at.below.set(key, { task, below: new Map(), n: 0 });
			at = at.below.get(key);
		}
		at.n += record.count || 1;
		at.process = record.process;
	}
	const list = (node, top) => make("ul", { class: top ? "tree" : null }, [...node.below.values()].map((below) => {
		const { task, n, process } = below, last = (task.exe || "").slice((task.exe || "").lastIndexOf("/") + 1);
		return make("li", { class: n ? "did" : null }, make("span", { class: "name dim" }, (task.pid === null ? "?" : task.pid) + " "), path(task.exe || task.comm || "?"),
			task.exe && task.comm && task.comm !== last ? make("span", { class: "name dim" }, " (", ...show(task.comm), ")") : "",
			n ? make("strong", {}, " \u25c0 " + plain.format(n) + "\u00d7", process.uid === null ? "" : " as ", ...show(process.uid === null ? "" : process.user || "user " + process.uid)) : "",
			below.below.size ? list(below) : "");
	}));
	return list(roots, true);
}
function named(number, name) {
	return number === null || number === undefined ? "" : name ? name + " (" + number + ")" : String(number);
}
function byHour(kind) {
	const hours = kind.hours.map(([hour, n]) => ({ hour, [kind.verdict]: n }));
	const { svg } = chart(hours, Math.min(620, Math.max(240, room.width - 60)), 7);
	svg.setAttribute("role", "img");
	svg.setAttribute("aria-label", "Counts by hour; the table below has them");
	return part("By hour", svg, make("details", {}, make("summary", {}, counted(hours.length, "hour")),
		table("Violations by hour, " + zone(), kind.hours.slice(-200).reverse().map(([hour, n]) => [clock(hour, 16), plain.format(n)]))));
}
function whole(kind) {
	const records = (kind.records || []).map((r) => JSON.parse(r)), newest = records[0] && records[0].process;
	const grown = kind.acked ? kind.total - kind.acked.total : 0;
	const left = make("div", {}, facts([["What", mono([kind.verdict, kind.operation, kind.errno ? "= " + kind.errno : ""].filter(Boolean).join(" "))],
		["Object", kind.object && path(kind.object)], ["Policy", mono(kind.policy)], ["Rule", kind.rule && path(kind.rule)], ["Why", kind.why], ["Class", kind.class],
		["Program", kind.exe && path(kind.exe)], ["Container", mono(kind.container)], ["Control group", newest && mono(newest.cgroup)], ["User", newest && named(newest.uid, newest.user)], ["Group", newest && named(newest.gid, newest.group)], ["Host", mono(kind.host)],
		["Seen by", kind.plane === "lsm" ? "the kernel\u2019s hooks (lsm)" : kind.plane === "seccomp" ? "the filter (seccomp)" : kind.plane],
		["First", stamp(kind.first) + " " + zone()], ["Last", stamp(kind.last) + " " + zone() + ", " + ago(kind.last)],
		["Count", plain.format(kind.count) + (kind.total > kind.count ? "; " + plain.format(kind.total) + " of all times" : "")],
		["Acknowledged", kind.acked && stamp(kind.acked.at) + " " + zone() + (kind.acked.note ? ": " + kind.acked.note : "") +
			(grown > 0 ? " (" + plain.format(grown) + " more since)" : "")]]));
	const right = make("div");
	if (kind.lines && kind.lines.length) left.append(source(kind));
	if (kind.hours && kind.hours.length) right.append(byHour(kind));
	if (kind.arguments && kind.arguments.length)
		right.append(part("Arguments seen", make("ul", { class: "arguments" }, kind.arguments.map((a) => make("li", {}, make("b", {}, plain.format(a.count) + "\u00d7 "),
			make("span", { class: "name" }, a.arguments ? show(values(a.arguments)) : "others"))))));
	if (newest) right.append(part("Process tree of the newest " + counted(records.length, "record"), tree(records.filter((r) => r.process))));
	if (records.length)
		right.append(make("details", {}, make("summary", {}, counted(records.length, "record") + ", as written"),
			make("pre", { class: "records" }, kind.records.map((r) => [...show(r), "\n"]).flat())));
	left.append(part("Next", make("p", { class: "next" }, make("code", {}, "bailiff report " + (kind.records ? "suggest " : "show ") + kind.id), " ",
		make("code", {}, "bailiff report ack " + kind.id + " --note \u2026"), " ", make("a", { href: "#kind-" + kind.id }, "Link to this kind"))));
	return make("div", { class: "whole" }, left, right);
}

// --- The kinds

function seen(kind) {
	return Boolean(kind.acked) && kind.acked.total >= kind.total;
}
function count(kind) {
	return state.time && kind.hours ? kind.hours.reduce((sum, [hour, n]) => sum + (hour >= state.time.from && hour < state.time.to ? n : 0), 0) : kind.count;
}
function line(rule) {
	const colon = (rule || "").lastIndexOf(":");
	return rule && [rule.slice(0, colon), Number(rule.slice(colon + 1))];
}
function rule(kind) {
	const file = kind.rule && kind.rule.slice(kind.rule.lastIndexOf("/") + 1);
	return [file ? make("span", { class: "name" }, show(cut(file, 60))) : text("rule")(kind),
		kind.policy && !(file || "").startsWith(kind.policy + ".") ? make("small", { class: "dim name" }, show(cut(kind.policy, 60))) : ""];
}
const text = (key, most) => (k) => (k[key] === null ? "\u2013" : path(k[key], most));
const columns = [
	{ key: "id", title: "Kind", down: false, value: (k) => k.id },
	{ key: "count", title: "Count", number: true, down: true, value: count, cell: (k) => plain.format(count(k)) },
	{ key: "verdict", title: "Verdict", value: (k) => verdicts.indexOf(k.verdict),
		cell: (k) => make("span", { class: "verdict" }, swatch(k.verdict), k.verdict) },
	{ key: "operation", title: "Operation", cell: (k) => [text("operation", 60)(k), k.arguments && k.arguments.length && k.arguments[0].arguments ?
		make("small", { class: "name dim" }, show(cut(values(k.arguments[0].arguments), 70)), k.arguments.length > 1 ? " +" + (k.arguments.length - 1) : "") : ""] },
	{ key: "object", title: "Object", cell: text("object", 110) },
	{ key: "rule", title: "Rule", value: (k) => line(k.rule), cell: rule },
	{ key: "exe", title: "Program", cell: text("exe", 110) },
	{ key: "container", title: "Container", cell: (k) => text("container", 40)({ container: k.container && (/^[0-9a-f]{64}$/.test(k.container) ? k.container.slice(0, 12) : k.container) }) },
	{ key: "last", title: "Last", down: true, cell: (k) => [make("span", { class: "time" }, stamp(k.last)), make("small", { class: "dim" }, ago(k.last))] },
].filter((c) => data.kinds.some((k) => k[c.key] !== null));

function compare(a, b) {
	const x = state.sort.value ? state.sort.value(a) : a[state.sort.key], y = state.sort.value ? state.sort.value(b) : b[state.sort.key];
	if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
	const way = state.down ? -1 : 1;
	if (Array.isArray(x)) return (x[0] === y[0] ? x[1] - y[1] : x[0] < y[0] ? -1 : 1) * way;
	return x === y ? 0 : (x < y ? -1 : 1) * way;
}
function words(kind) {
	return ["#" + kind.id, kind.verdict, kind.policy, kind.rule, kind.why, kind.class, kind.operation, kind.object, kind.errno, kind.exe, kind.container, kind.host, kind.plane,
		kind.acked && kind.acked.note, ...(kind.arguments || []).map((a) => a.arguments && values(a.arguments))].filter(Boolean).join("\n").toLowerCase();
}
function fits(entry, wanted) {
	const kind = entry.kind;
	if (state.verdicts.size && !state.verdicts.has(kind.verdict)) return false;
	if (state.fresh && seen(kind)) return false;
	if (state.time && (kind.hours ? !count(kind) : seconds(kind.last) < state.time.from || seconds(kind.first) >= state.time.to)) return false;
	entry.words = entry.words || words(kind);
	return wanted.every((word) => entry.words.includes(word));
}
function toggle(entry, open) {
	entry.open = open;
	entry.button.setAttribute("aria-expanded", String(open));
	if (!open) return void (entry.more && entry.more.remove());
	if (!entry.more)
		entry.more = make("tr", { class: "more", role: "row", id: "whole-" + entry.kind.id }, make("td", { colspan: columns.length, role: "cell" }, whole(entry.kind)));
	if (entry.row.parentNode) entry.row.after(entry.more);
}
function row(entry) {
	const kind = entry.kind, name = "kind-" + kind.id;
	const flip = () => toggle(entry, !entry.open);
	entry.button = button({ class: "open", "aria-expanded": "false", "aria-controls": "whole-" + kind.id, "aria-label": "Kind " + kind.id + ", more" }, String(kind.id), flip);
	entry.row = make("tr", { class: "kind", id: name, role: "row" }, columns.map((c) => make("td", { class: "c-" + c.key + (c.number ? " number" : "") + (kind[c.key] === null ? " empty" : ""), "data-label": c.title, role: "cell" },
		c.key === "id" ? [entry.button, seen(kind) ? make("small", { class: "seen" }, "seen") : ""] : c.cell(kind))));
	entry.row.addEventListener("click", (event) => {
		if (!event.target.closest("button") && !String(getSelection())) flip();
	});
	return entry.row;
}
const entries = data.kinds.map((kind) => ({ kind }));
const head = make("tr", { role: "row" }), body = make("tbody", { role: "rowgroup" });
const status = make("p", { class: "status", role: "status" }), more = make("p", { class: "after" });
function refresh(anew) {
	const wanted = state.text.toLowerCase().split(/\s+/).filter(Boolean), found = entries.filter((e) => fits(e, wanted));
	if (state.sort) found.sort((a, b) => compare(a.kind, b.kind));
	if (anew) for (const e of entries) e.row = e.more = null;
	body.replaceChildren(...found.slice(0, state.most).flatMap((e) => {
		const open = e.open, tr = e.row || row(e);
		if (open && !e.more) toggle(e, true);
		return open ? [tr, e.more] : [tr];
	}));
	if (!found.length && entries.length)
		body.append(make("tr", { role: "row" }, make("td", { colspan: columns.length, class: "none", role: "cell" }, "Nothing fits. ", button({}, "Show all", clear))));
	const n = found.reduce((sum, e) => sum + count(e.kind), 0), all = found.length === entries.length && !state.time;
	status.textContent = (all ? "" : plain.format(found.length) + " of ") + counted(entries.length, "kind") + ", " +
		(all ? "" : plain.format(n) + " of ") + counted(all ? n : data.summary.violations, "violation");
	more.replaceChildren(...(found.length > state.most ? [button({}, "Show " + counted(found.length - state.most, "more kind"), () => {
		state.most = Infinity;
		refresh();
	})] : []));
	for (const [i, th] of [...head.children].entries())
		th.setAttribute("aria-sort", columns[i] === state.sort ? (state.down ? "descending" : "ascending") : "none");
}
function order(column, down) {
	state.sort = column;
	state.down = down;
	by.value = column ? columns.indexOf(column) : "";
	way.textContent = down ? "\u2193 falling" : "\u2191 rising";
	way.disabled = !column;
	refresh();
}

// --- What is chosen

const search = make("input", { type: "search", placeholder: "Search: policy, rule, operation, object, program\u2026", "aria-label": "Search the kinds", autocomplete: "off", spellcheck: "false" });
const by = make("select", { "aria-label": "Order" }, make("option", { value: "" }, "Worst first"), columns.map((c, i) => make("option", { value: i }, "By " + c.title.toLowerCase())));
const way = button({ class: "way", "aria-label": "Turn the order around" }, "\u2193 falling", () => order(state.sort, !state.down));
const chips = make("div", { class: "chips", role: "group", "aria-label": "Show only" });
const timeline = make("section", { class: "timeline", "aria-labelledby": "h-time" }), hint = make("p", { class: "hint", role: "status" });
function clear() {
	Object.assign(state, { text: "", fresh: false, time: null });
	state.verdicts.clear();
	search.value = "";
	filterChips();
	drawTimeline();
	refresh(true);
	search.focus();
}
function chip(pressed, content, act) {
	return button({ class: "chip", "aria-pressed": String(pressed) }, content, () => {
		const at = [...chips.children].indexOf(document.activeElement);
		act();
		filterChips();
		refresh(true);
		if (chips.children[at]) chips.children[at].focus();
	});
}
function wrap(...children) {
	const f = document.createDocumentFragment();
	f.append(...children);
	return f;
}
function filterChips() {
	const s = data.summary;
	chips.replaceChildren(...verdicts.filter((v) => s[v.replace("-", "_")]).map((v) => chip(state.verdicts.has(v),
		wrap(swatch(v), v + " ", make("b", {}, plain.format(s[v.replace("-", "_")]))), () => state.verdicts.delete(v) || state.verdicts.add(v))));
	if (data.kinds.some(seen)) chips.append(chip(state.fresh, "not seen yet", () => { state.fresh = !state.fresh; }));
	if (state.time) chips.append(chip(true, "\u00d7 " + span(state.time), () => { state.time = null; drawTimeline(); }));
}
let focused = -1;
function choose(g, bar, i, bars) {
	const pressed = Boolean(state.time) && bar.from >= state.time.from && bar.to <= state.time.to;
	for (const [name, value] of Object.entries({ role: "button", tabindex: i === (focused < 0 ? bars.length - 1 : Math.min(focused, bars.length - 1)) ? 0 : -1, "aria-label": told(bar), "aria-pressed": pressed }))
		g.setAttribute(name, value);
	const tell = () => { hint.textContent = told(bar); };
	const take = (extend) => {
		const t = state.time;
		state.time = extend && t ? { from: Math.min(t.from, bar.from), to: Math.max(t.to, bar.to) } : t && t.from === bar.from && t.to === bar.to ? null : { from: bar.from, to: bar.to };
		focused = i;
		const had = g.contains(document.activeElement);
		drawTimeline();
		filterChips();
		refresh(true);
		if (had) timeline.querySelector("[tabindex='0']").focus();
	};
	g.addEventListener("mouseenter", tell);
	g.addEventListener("focus", tell);
	g.addEventListener("click", (event) => take(event.shiftKey));
	g.addEventListener("keydown", (event) => {
		const to = { ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: bars.length - 1 }[event.key];
		if (event.key === "Enter" || event.key === " ") take(event.shiftKey);
		else if (to === undefined) return;
		event.preventDefault();
		const next = to !== undefined && g.parentNode && g.parentNode.querySelectorAll(".bar")[to];
		if (!next) return;
		g.setAttribute("tabindex", -1);
		next.setAttribute("tabindex", 0);
		focused = to;
		next.focus();
	});
}
function drawTimeline() {
	if (!data.hours.length) return;
	const open = Boolean(timeline.querySelector("details[open]"));
	measure();
	const { svg, group } = chart(data.hours, room.width, 12, choose), one = group.step === 1 ? "an hour" : group.step % 24 ? group.step + " hours" : group.step === 24 ? "a day" : group.step / 24 + " days";
	svg.setAttribute("role", "group");
	svg.setAttribute("aria-label", "Violations over time. Arrow keys move, Enter shows only the kinds of that time, with Shift up to there.");
	if (!hint.textContent) hint.textContent = "A bar is " + one + ", " + zone() + ". Choose one for its kinds alone.";
	timeline.replaceChildren(make("h2", { id: "h-time" }, "Over time"), svg, hint, make("details", open ? { open: "" } : {}, make("summary", {}, "The same as a table"),
		table("Violations by time, " + zone(), group.bars.filter((b) => b.sum).map((b) => [span(b), told(b).slice(span(b).length + 2)]))));
}
const losses = {
	lsm: "the ring between the kernel and the reader was full", "ring-full": "the ring between the kernel and the reader was full",
	seccomp: "what filters denied came faster than it was read", misses: "the kernel did not call the program that tells them",
	damaged: "records that could not be read", "service-ended": "the service's process that had them was killed",
	"store-full": "the store could not take them",
	"report-full": "who reads the report was too slow", "report-failed": "the report could not be written",
};
function lost() {
	if (!data.summary.lost) return "";
	return make("section", { class: "lost", role: "alert" }, make("h2", {}, "\u26a0 " + counted(data.summary.lost, "violation is", "violations are") + " missing from this report"),
		make("p", {}, "They were decided like all others; only their records are missing."), make("ul", {}, data.lost.map((l) => make("li", {}, make("b", {}, plain.format(l.count)), " ",
			make("code", {}, show(l.kind)), losses[l.kind] ? ": " + losses[l.kind] : "",
			l.first ? make("span", { class: "dim" }, " (" + clock(seconds(l.first), 16) + " to " + clock(seconds(l.last) + HOUR, 16) + " " + zone() + ")") : ""))));
}
function card(title, n, note, loud) {
	return make("div", { class: loud ? "card loud" : "card" }, make("dt", {}, title), make("dd", {}, make("b", {}, plain.format(n)), note ? make("small", {}, note) : ""));
}
function top() {
	const s = data.summary, hosts = new Set(data.kinds.map((k) => k.host)), only = hosts.size === 1 && [...hosts][0];
	const asked = [data.since && "since " + stamp(data.since), data.until && "until " + stamp(data.until)].filter(Boolean).join(", ");
	return make("header", {}, make("p", { class: "mark" }, "bailiff"), make("h1", {}, s.violations ? counted(s.violations, "violation") : "No violations", only ? [" on ", make("span", { class: "name" }, show(only))] : ""),
		make("p", { class: "dim" }, s.first ? "From " + stamp(s.first) + " to " + stamp(s.last) + ". " : "", asked ? "Asked for: " + asked + ". " : "", "Made " + stamp(data.generated) + " " + zone() + "."),
		make("dl", { class: "cards" }, card("Violations", s.violations), card("Kinds", s.kinds, s.kinds ? plain.format(s.new) + " not seen yet" : ""), card("Policies", s.policies),
			card("Records lost", s.lost, s.lost ? "see below" : "all are here", s.lost > 0)));
}
function openAll(event) {
	const open = event.target.getAttribute("aria-pressed") !== "true";
	event.target.setAttribute("aria-pressed", String(open));
	event.target.textContent = open ? "Close all" : "Open all";
	for (const e of entries) if (e.row && e.row.parentNode) toggle(e, open);
}
function build() {
	const main = document.querySelector("main"), s = data.summary;
	const times = make("select", { "aria-label": "Time zone" }, make("option", { value: "" }, "UTC"), make("option", { value: "local" }, "Local time"));
	let heading = top(), loss = lost();
	for (const c of columns)
		head.append(make("th", { scope: "col", class: "c-" + c.key + (c.number ? " number" : ""), "aria-sort": "none", role: "columnheader" },
			button({}, c.title, () => order(c, state.sort === c ? !state.down : Boolean(c.down)))));
	times.addEventListener("change", () => {
		state.local = times.value === "local";
		hint.textContent = "";
		const was = [heading, loss];
		[heading, loss] = [top(), lost()];
		was.forEach((e, i) => e && e.replaceWith([heading, loss][i]));
		drawTimeline();
		filterChips();
		refresh(true);
	});
	search.addEventListener("input", () => { state.text = search.value; refresh(); });
	by.addEventListener("change", () => { const c = by.value === "" ? null : columns[by.value]; order(c, !c || Boolean(c.down)); });
	const kinds = !entries.length ? [make("p", { class: "none" }, s.kinds ? "" : "Nothing that a policy forbids was tried, as far as this report looks.")] : [
		make("section", { "aria-labelledby": "h-kinds" }, make("h2", { id: "h-kinds" }, "Kinds of violations"), chips,
			make("div", { class: "tools" }, search, make("span", { class: "order" }, by, way), times, button({ "aria-pressed": "false" }, "Open all", openAll)), status,
			s.kinds > entries.length ? make("p", { class: "dim" }, plain.format(s.kinds - entries.length) + " kinds were left out when this page was made (--limit).") : "",
			make("table", { class: "kinds", role: "table", "aria-labelledby": "h-kinds" }, make("thead", { role: "rowgroup" }, head), body), more)];
	main.replaceChildren(patterns(), heading, ...(loss ? [loss] : []), ...(data.hours.length ? [timeline] : []), ...kinds);
	document.title = "bailiff: " + counted(s.violations, "violation");
	drawTimeline();
	filterChips();
	order(null, true);
}
function follow() {
	const entry = entries.find((e) => "#kind-" + e.kind.id === location.hash);
	if (!entry) return;
	state.most = Infinity;
	if (!entry.row || !entry.row.parentNode) clear();
	toggle(entry, true);
	entry.row.scrollIntoView();
	entry.button.focus();
}
build();
follow();
addEventListener("hashchange", follow);
addEventListener("resize", () => { if (timeline.clientWidth !== room.width) drawTimeline(); });
addEventListener("keydown", (event) => {
	if (event.key === "/" && !event.target.closest("input, select")) {
		event.preventDefault();
		search.focus();
	}
});
performance.mark("bailiff-ready");
// It comes behind this script, and was never shown.
addEventListener("DOMContentLoaded", () => document.querySelector("div.static").remove());
})();
