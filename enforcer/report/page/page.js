"use strict";
// Names come from programs that did what they may not do. They become text nodes, never markup.
const data = JSON.parse(document.getElementById("data").textContent);
const verdicts = ["killed", "denied", "would-deny", "audited"];
const columns = [
	{ key: "id", title: "Id", number: true },
	{ key: "count", title: "Count", number: true },
	{ key: "verdict", title: "Verdict", rank: (k) => verdicts.indexOf(k.verdict) },
	{ key: "operation", title: "Operation" },
	{ key: "object", title: "Object", mono: true },
	{ key: "rule", title: "Rule", mono: true },
	{ key: "exe", title: "Program", mono: true },
	{ key: "container", title: "Container", mono: true, show: (v) => v.slice(0, 12) },
	{ key: "last", title: "Last", show: (v) => v.slice(0, 19).replace("T", " ") },
].filter((c) => c.number || data.kinds.some((k) => k[c.key] !== null));
const state = { sort: null, down: true, text: "", verdict: "" };

function make(tag, attributes, ...children) {
	const e = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes || {}))
		if (value !== null && value !== undefined) e.setAttribute(name, value);
	for (const child of children) e.append(child);
	return e;
}
function counted(n, one, more) {
	return n.toLocaleString("en") + " " + (n === 1 ? one : more);
}
function compact(text) {
	return (text || "").slice(0, 19).replace("T", " ") + " UTC";
}

function timeline() {
	const hours = data.hours;
	if (hours.length < 2) return null;
	const ns = "http://www.w3.org/2000/svg";
	const first = hours[0].hour, last = hours[hours.length - 1].hour;
	const span = (last - first) / 3600 + 1, group = Math.ceil(span / 168), n = Math.ceil(span / group);
	const bars = Array.from({ length: n }, () => Object.fromEntries(verdicts.map((v) => [v, 0])));
	for (const h of hours)
		for (const v of verdicts) bars[Math.floor((h.hour - first) / 3600 / group)][v] += h[v] || 0;
	const most = Math.max(1, ...bars.map((b) => verdicts.reduce((sum, v) => sum + b[v], 0)));
	const svg = document.createElementNS(ns, "svg");
	svg.setAttribute("class", "timeline");
	svg.setAttribute("viewBox", "0 0 " + n * 10 + " 100");
	svg.setAttribute("preserveAspectRatio", "none");
	svg.setAttribute("role", "img");
	svg.setAttribute("aria-label", "Violations over time, at most " + counted(most, "violation", "violations") + " a bar");
	bars.forEach((bar, i) => {
		let y = 100;
		for (const v of verdicts) {
			if (!bar[v]) continue;
			const height = Math.max(1, (bar[v] / most) * 98), rect = document.createElementNS(ns, "rect");
			y -= height;
			rect.setAttribute("x", i * 10 + 1);
			rect.setAttribute("width", 8);
			rect.setAttribute("y", y);
			rect.setAttribute("height", height);
			rect.setAttribute("class", v);
			const title = document.createElementNS(ns, "title");
			const at = new Date((first + i * group * 3600) * 1000).toISOString();
			title.textContent = compact(at) + ": " + bar[v].toLocaleString("en") + " " + v;
			rect.append(title);
			svg.append(rect);
		}
	});
	const at = (hour) => compact(new Date(hour * 1000).toISOString());
	return make("section", { "aria-label": "Timeline" }, make("h2", {}, "Timeline"), svg,
		make("div", { class: "ends" }, make("span", {}, at(first)), make("span", {}, at(last + 3600))),
		make("div", { class: "legend" }, ...verdicts.filter((v) => hours.some((h) => h[v]))
			.map((v) => make("span", { class: v }, "\u25a0 " + v))));
}

function task(t) {
	return make("span", { class: "mono" }, String(t.pid === null ? "?" : t.pid) + " " + (t.exe || t.comm || "?") +
		(t.exe && t.comm ? " (" + t.comm + ")" : ""));
}
function tree(record) {
	const chain = [...(record.ancestors || [])].reverse();
	chain.push(record.process);
	const top = make("ul", { class: "tree" });
	let at = top;
	chain.forEach((t, i) => {
		const item = make("li", {}, task(t)), below = make("ul");
		at.append(item);
		if (i + 1 < chain.length) item.append(below);
		else if (t.uid !== null) item.append(" user " + t.uid + (t.user ? " " + t.user : "") +
			(t.gid === null ? "" : " group " + t.gid + (t.group ? " " + t.group : "")));
		at = below;
	});
	return top;
}
function field(name, value) {
	return value === null || value === undefined || value === "" ? "" :
		make("p", {}, make("span", { class: "dim" }, name + " "), make("span", { class: "mono" }, String(value)));
}
function detail(kind) {
	const box = make("td", { class: "detail", colspan: columns.length });
	box.append(field("policy", kind.policy), field("why", kind.why), field("errno", kind.errno), field("plane", kind.plane),
		field("host", kind.host), field("container", kind.container), field("first", compact(kind.first)),
		field("last", compact(kind.last)));
	if (kind.acked) box.append(field("seen", compact(kind.acked.at) + (kind.acked.note ? ": " + kind.acked.note : "")));
	if (kind.lines && kind.lines.length) {
		const pre = make("pre", { class: "source" });
		for (const [number, text] of kind.lines)
			pre.append(make("span", { class: kind.rule.endsWith(":" + number) ? "this" : null },
				make("b", {}, String(number)), " " + text));
		box.append(make("h3", {}, "The rule, as its file was"), pre);
	}
	if (kind.arguments && kind.arguments.length) {
		const list = make("ul", {});
		for (const a of kind.arguments)
			list.append(make("li", { class: "mono" }, a.count.toLocaleString("en") + " \u00d7 " + (a.arguments || "others")));
		box.append(make("h3", {}, "Arguments"), list);
	}
	const records = (kind.records || []).map((r) => JSON.parse(r));
	if (records.length && records[0].process)
		box.append(make("h3", {}, "Processes of the newest record"), tree(records[0]), field("cgroup", records[0].process.cgroup));
	if (!kind.records) box.append(make("p", { class: "dim" }, "bailiff report show " + kind.id + " tells more."));
	return make("tr", { class: "more" }, box);
}

function fits(kind) {
	if (state.verdict && kind.verdict !== state.verdict) return false;
	const all = [kind.id, kind.policy, kind.rule, kind.why, kind.operation, kind.object, kind.exe, kind.container, kind.host];
	return all.join("\n").toLowerCase().includes(state.text.toLowerCase());
}
function compare(a, b) {
	const c = state.sort, x = c.rank ? c.rank(a) : a[c.key], y = c.rank ? c.rank(b) : b[c.key];
	if (x === y) return 0;
	if (x === null) return 1;
	if (y === null) return -1;
	return (x < y ? -1 : 1) * (state.down ? -1 : 1);
}

const body = make("tbody"), head = make("tr"), shown = make("span", { class: "dim", role: "status" });
const MOST = 1000;
function draw() {
	let kinds = data.kinds.filter(fits);
	if (state.sort) kinds = kinds.map((k, i) => [k, i]).sort((a, b) => compare(a[0], b[0]) || a[1] - b[1]).map((p) => p[0]);
	body.replaceChildren(...kinds.slice(0, MOST).map(row));
	shown.textContent = counted(Math.min(kinds.length, MOST), "kind", "kinds") +
		(kinds.length > MOST ? " of " + kinds.length.toLocaleString("en") + "; search for the others" : "");
	[...head.children].forEach((th, i) =>
		th.setAttribute("aria-sort", columns[i] === state.sort ? (state.down ? "descending" : "ascending") : "none"));
}
function row(kind) {
	const tr = make("tr", { class: "kind" });
	for (const c of columns) {
		const value = kind[c.key], td = make("td", {
			class: [c.number ? "number" : "", c.mono ? "mono" : ""].join(" ").trim() || null, "data-label": c.title,
		});
		const text = value === null ? "\u2013" : c.number && c.key !== "id" ? value.toLocaleString("en") :
			c.show ? c.show(value) : String(value);
		if (c.key === "id")
			td.append(make("button", { class: "open", type: "button", "aria-expanded": "false", title: "Show more" }, text));
		else if (c.key === "verdict") td.append(make("span", { class: "verdict " + value }, text));
		else td.append(text);
		tr.append(td);
	}
	tr.addEventListener("click", () => {
		const button = tr.querySelector("button.open"), open = button.getAttribute("aria-expanded") === "true";
		if (open) tr.nextSibling.remove();
		else tr.after(detail(kind));
		button.setAttribute("aria-expanded", String(!open));
	});
	return tr;
}

function start() {
	const s = data.summary, main = document.querySelector("main");
	const parts = verdicts.map((v) => [v, s[v.replace("-", "_")]]).filter((p) => p[1]);
	main.replaceChildren(make("h1", {}, counted(s.violations, "violation", "violations")),
		make("p", {}, counted(s.kinds, "kind", "kinds") + " under " + counted(s.policies, "policy", "policies") +
			(parts.length ? ": " : ""), ...parts.flatMap(([v, n], i) =>
			[i ? ", " : "", make("span", { class: "verdict " + v }, n.toLocaleString("en") + " " + v)])),
		make("p", { class: "dim" }, s.first ? "From " + compact(s.first) + " to " + compact(s.last) + ". " : "",
			"Made by bailiff at " + compact(data.generated) + "."));
	for (const l of data.lost)
		main.append(make("p", { class: "lost" }, counted(l.count, "violation is", "violations are") + " missing here (" + l.kind + ")"));
	const time = timeline();
	if (time) main.append(time);
	const search = make("input", { type: "search", placeholder: "Search", "aria-label": "Search in all columns" });
	search.addEventListener("input", () => { state.text = search.value; draw(); });
	const select = make("select", { "aria-label": "Verdict" }, make("option", { value: "" }, "all verdicts"),
		...parts.map(([v]) => make("option", { value: v }, v)));
	select.addEventListener("change", () => { state.verdict = select.value; draw(); });
	const order = make("select", { class: "narrow", "aria-label": "Order" }, make("option", { value: "" }, "in order of weight"),
		...columns.map((c, i) => make("option", { value: i }, "by " + c.title.toLowerCase())));
	order.addEventListener("change", () => {
		state.sort = order.value === "" ? null : columns[order.value];
		state.down = !state.sort || Boolean(state.sort.number) || state.sort.key === "last";
		draw();
	});
	for (const c of columns) {
		const button = make("button", { type: "button" }, c.title);
		button.addEventListener("click", () => {
			state.down = state.sort === c ? !state.down : Boolean(c.number) || c.key === "last";
			state.sort = c;
			draw();
		});
		head.append(make("th", { scope: "col", class: c.number ? "number" : null, "aria-sort": "none" }, button));
	}
	main.append(make("h2", {}, "Kinds of violations"), make("div", { class: "tools" }, search, select, order, shown),
		make("table", {}, make("thead", {}, head), body));
	draw();
}
start();
