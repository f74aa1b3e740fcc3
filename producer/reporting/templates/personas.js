"use strict";
// Finds personas and shows them, from data files that are loaded as they are needed. All of their
// texts are strangers': they are set as text, never as markup.
(() => {
  const ROWS = 50;
  const at = (id) => document.getElementById(id);
  const list = at("list"), person = at("person"), form = list.querySelector("form");
  const loaded = new Map(), asked = new Map();
  let all, people = [], found = [], first = 0;

  const make = (tag, words, set = {}) => {
    const made = document.createElement(tag);
    if (words !== undefined) made.textContent = words;
    for (const [name, value] of Object.entries(set)) made.setAttribute(name, value);
    return made;
  };
  const say = (words) => { at("said").textContent = words; at("said").hidden = !words; };
  const percent = (share) => `${(100 * share).toFixed(0)}%`;
  const count = (number) => number.toLocaleString("en");
  const weight = (value) => value === null || value === undefined ? "–" : Number(value.toPrecision(2)).toString();
  const told = (question, option) => option === question.options.length ? question.refusal : question.options[option];

  // --- which there are -------------------------------------------------------------------------

  const use = (one, condition) => condition.pool !== one.pool ? null
    : { people: condition.people[one.place], weight: condition.weights[one.place] };

  // How many it stands for, and how well it fits: in one condition, or in that where it fits best.
  const fit = (one, chosen) => {
    const uses = all.conditions.filter((_, place) => chosen === "" || Number(chosen) === place)
      .map((condition) => use(one, condition)).filter((found) => found && found.people > 0);
    const weights = uses.map((found) => found.weight).filter((value) => value !== null);
    return { people: Math.max(0, ...uses.map((found) => found.people)), weight: weights.length ? Math.max(...weights) : null };
  };

  const start = (index) => {
    all = index;
    let chunk = 0;
    all.pools.forEach((pool, place) => {
      pool.numbers.forEach((number, within) => people.push(
        { id: people.length, pool: place, number, place: within, chunk: chunk + Math.floor(within / all.size), row: within % all.size },
      ));
      chunk += Math.ceil(pool.numbers.length / all.size);
    });
    filters();
    filter();
    window.addEventListener("hashchange", route);
    route();
  };

  // --- the list --------------------------------------------------------------------------------

  const choice = (name, words, options) => {
    const label = make("label", words), select = make("select", undefined, { name });
    select.append(make("option", "any", { value: "" }));
    for (const [value, text] of options) select.append(make("option", text, { value }));
    label.append(select);
    form.append(label);
  };

  const filters = () => {
    if (all.pools.length > 1) choice("pool", "Pool", all.pools.map((pool, place) => [place, pool.name]));
    choice("condition", "Answers in condition", all.conditions.map((condition, place) => [place, condition.name]));
    all.traits.forEach((trait, place) => choice(`trait${place}`, `Likeliest ${trait.name}`,
      [...trait.options.map((text, option) => [option, text]), [-1, "no poll"]]));
    if (all.conditions.some((condition) => condition.matched)) {
      const label = make("label", "Match weight from");
      label.append(make("input", undefined, { name: "weight", type: "number", min: 0, step: "any" }));
      form.append(label);
      choice("order", "In the order of", [["weight", "match weight"], ["people", "respondents"]]);
      form.elements.order.options[0].textContent = "number";
    }
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
    at("before").addEventListener("click", () => turn(first - ROWS));
    at("after").addEventListener("click", () => turn(first + ROWS));
  };

  const chosen = (name) => form.elements[name]?.value ?? "";

  const filter = () => {
    const pool = chosen("pool"), condition = chosen("condition"), least = chosen("weight"), order = chosen("order");
    const traits = all.traits.map((trait, place) => [trait, chosen(`trait${place}`)]).filter(([, value]) => value !== "");
    found = [];
    for (const one of people) {
      if (pool !== "" && one.pool !== Number(pool)) continue;
      if (traits.some(([trait, value]) => trait.likeliest[one.id] !== Number(value))) continue;
      one.fit = fit(one, condition);
      if (condition !== "" && one.fit.people === 0) continue;
      if (least !== "" && !(one.fit.weight >= Number(least) && one.fit.weight !== null)) continue;
      found.push(one);
    }
    if (order !== "") found.sort((one, other) => (other.fit[order] ?? -1) - (one.fit[order] ?? -1) || one.id - other.id);
    turn(0);
  };

  const link = (one, words) => make("a", words, { href: `#${one.pool}/${one.number}` });

  const turn = (to) => {
    first = Math.max(0, Math.min(to, found.length - 1));
    const some = found.slice(first, first + ROWS);
    const used = all.pools.map((pool) => pool.personas).reduce((one, other) => one + other, 0);
    const sampled = used > people.length ? `, which are ${count(people.length)} of ${count(used)}, drawn by the study’s seed` : "";
    list.querySelector("output").textContent = found.length
      ? `${count(first + 1)}–${count(first + some.length)} of ${count(found.length)} found among ${count(people.length)} personas${sampled}`
      : `None of ${count(people.length)} personas is so`;
    at("before").disabled = first === 0;
    at("after").disabled = first + ROWS >= found.length;
    const matched = all.conditions.some((condition) => condition.matched);
    const names = ["Persona", ...(all.pools.length > 1 ? ["Pool"] : []), ...all.traits.map((trait) => trait.name),
      ...(matched ? ["Respondents", "Match weight"] : [])];
    const head = make("tr");
    head.append(...names.map((name) => make("th", name, { scope: "col" })));
    list.querySelector("thead").replaceChildren(head);
    list.querySelector("tbody").replaceChildren(...some.map((one) => row(one, matched)));
  };

  const row = (one, matched) => {
    const made = make("tr"), name = make("th", undefined, { scope: "row" });
    name.append(link(one, `Persona ${one.number}`));
    made.append(name);
    if (all.pools.length > 1) made.append(make("td", all.pools[one.pool].name));
    for (const trait of all.traits) made.append(make("td", told(trait, trait.likeliest[one.id]) ?? "–", { dir: "auto" }));
    if (matched) made.append(make("td", count(one.fit.people), { class: "number" }), make("td", weight(one.fit.weight), { class: "number" }));
    return made;
  };

  // --- one of them -----------------------------------------------------------------------------

  const load = (chunk) => {
    if (!asked.has(chunk)) {
      asked.set(chunk, new Promise((done, failed) => {
        const script = make("script", undefined, { src: `personas/${chunk}.js` });
        const settle = () => loaded.has(chunk) ? done(loaded.get(chunk))
          : failed(new Error(`personas/${chunk}.js is missing or of another report; write the report again with --personas.`));
        script.addEventListener("load", settle);
        script.addEventListener("error", settle);
        document.body.append(script);
      }));
    }
    return asked.get(chunk);
  };

  const route = async () => {
    const [pool, number] = location.hash.slice(1).split("/").map(Number);
    const one = people.find((other) => other.pool === pool && other.number === number);
    const back = person.hidden ? null : person.dataset.from;
    list.hidden = Boolean(one);
    person.hidden = !one;
    say("");
    if (!one) {
      if (back) list.querySelector(`a[href="${back}"]`)?.focus();
      return;
    }
    person.dataset.from = `#${pool}/${number}`;
    person.replaceChildren();
    try {
      const some = await load(one.chunk);
      if (location.hash === person.dataset.from) show(one, some[one.row]);
    } catch (error) {
      say(error.message);
    }
  };

  const show = (one, is) => {
    const head = make("h2", `Persona ${one.number}`, { tabindex: -1 });
    const place = found.indexOf(one), ways = make("p", undefined, { class: "page-of" });
    ways.append(make("a", "All personas", { href: "#" }));
    if (place > 0) ways.append(link(found[place - 1], "Previous"));
    if (place >= 0 && place + 1 < found.length) ways.append(link(found[place + 1], "Next"));
    person.replaceChildren(ways, head, make("p", `of pool ${all.pools[one.pool].name}`, { class: "note" }));
    person.append(is.error ? make("p", is.error, { class: "warn", dir: "auto" }) : make("blockquote", is.story, { dir: "auto" }));
    polls(is.polls);
    all.conditions.filter((condition) => condition.pool === one.pool)
      .forEach((condition, way) => answers(one, condition, is.answers[way]));
    head.focus();
  };

  const table = (heads, name) => {
    const scroll = make("div", undefined, { class: "scroll" }), made = make("table", undefined, { class: `text ${name}` });
    const head = make("tr"), body = make("tbody"), top = make("thead");
    head.append(...heads.map((words) => make("th", words, { scope: "col" })));
    top.append(head);
    made.append(top, body);
    scroll.append(made);
    person.append(scroll);
    return body;
  };

  const polls = (of) => {
    if (!all.traits.length) return;
    person.append(make("h3", "What polling found"));
    if (all.traits.some((trait) => trait.refusal)) {
      person.append(make("p", "The options’ probabilities are among those who answer.", { class: "note" }));
    }
    const body = table(["Trait", "Option", "Probability", ""], "polls");
    all.traits.forEach((trait, place) => {
      const [shares, refusal, mentioned] = of[place] ?? [];
      const lines = (shares ?? []).map((share, option) => [trait.options[option], share]);
      if (refusal !== undefined && refusal !== null) lines.push([`refusal: ${trait.refusal}`, refusal]);
      if (mentioned !== undefined && mentioned !== null) lines.push(["stated in the story", mentioned]);
      if (!lines.length) lines.push(["no poll", null]);
      lines.forEach(([option, share], line) => {
        const made = make("tr"), bar = make("td");
        made.append(make("th", line ? "" : trait.name), make("td", option, { dir: "auto" }),
          make("td", share === null ? "" : percent(share), { class: "number" }), bar);
        if (share !== null) {
          const track = make("span", undefined, { class: "share", "aria-hidden": true }), part = make("i");
          part.style.width = percent(share);
          track.append(part);
          bar.append(track);
        }
        body.append(made);
      });
    });
  };

  const answers = (one, condition, of) => {
    person.append(make("h3", condition.name));
    if (!of.length) {
      person.append(make("p", "It answers for nobody in this condition.", { class: "note" }));
      return;
    }
    const many = condition.people[one.place];
    if (condition.matched) {
      person.append(make("p", many > of.length
        ? `The ${of.length} of ${count(many)} respondents whom it fits best; it answers once for each.`
        : `Answers once for each respondent whom it stands for: ${count(many)}.`, { class: "note" }));
    }
    const heads = of.map(([respondent, fits]) => condition.matched ? `For respondent ${respondent}, match weight ${weight(fits)}`
      : all.humans ? `For respondent ${respondent}` : "Answer");
    const body = table(["Question", ...heads], "said");
    all.questions.forEach((question, place) => {
      const made = make("tr"), name = make("th", question.name);
      name.append(make("small", question.text, { dir: "auto" }));
      made.append(name, ...of.map(([, , said]) => cell(question, said[place])));
      body.append(made);
    });
  };

  const cell = (question, answer) => {
    const [drawn, chance, text, error] = answer ?? [];
    const made = make("td", undefined, { dir: "auto" });
    const has = (value) => value !== undefined && value !== null;
    if (has(error)) made.append(make("span", error, { class: "warn" }));
    else if (!has(drawn)) made.append(text ?? "–");
    else {
      made.append(text ?? told(question, drawn) ?? "–");
      if (has(text)) made.append(make("small", `counts as ${told(question, drawn)}`, { dir: "auto" }));
      if (has(chance)) made.append(make("small", percent(chance)));
    }
    return made;
  };

  // --- what the data files call ----------------------------------------------------------------

  window.anthologyPersonas = {
    index: start,
    some: (stamp, chunk, read) => { if (stamp === all.stamp) loaded.set(chunk, read); },
  };
  window.addEventListener("load", () => { if (!all) say("personas/index.js is missing; write the report again with --personas."); });
})();
