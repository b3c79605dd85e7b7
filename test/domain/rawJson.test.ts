import { describe, expect, test } from "vitest";
import { depthExceeds, elements, members, precise, survey, surveyElements } from "#domain/rawJson.ts";

function rawMembers(text: string, at?: number): Record<string, string> {
  return Object.fromEntries(
    [...members(text, at).values].map(([key, { start, end }]) => [key, text.slice(start, end)]),
  );
}

function rawElements(text: string, at?: number): string[] {
  return elements(text, at).map(({ start, end }) => text.slice(start, end));
}

const DATA = String.raw`{ "z": 1.0,"a":1e400 ,  "n":12345678901234567890, "s":"a\"]}\\", "k":[{"x":-0}, []]	}`;

describe("the members of an object", () => {
  test("come back exactly as they were sent", () => {
    const text = ` \n{"type" : "invoice.paid",\r\n"data":${DATA},"n": null , "t":true,"e":{},"l":[ ]}`;
    expect(rawMembers(text)).toEqual({
      type: '"invoice.paid"',
      data: DATA,
      n: "null",
      t: "true",
      e: "{}",
      l: "[ ]",
    });
  });

  test("are found by their decoded key", () => {
    expect(rawMembers(String.raw`{"d\u0061ta":1,"\"":2,"\\":3,"":4,"é😀":5}`)).toEqual({
      data: "1",
      '"': "2",
      "\\": "3",
      "": "4",
      "é😀": "5",
    });
  });

  test("are found at a position within the text", () => {
    const text = '[{"a":1}, {"b":2}]';
    expect(rawMembers(text, elements(text)[1]?.start)).toEqual({ b: "2" });
  });

  test("a key that stands twice is reported, and its last value counts", () => {
    const text = String.raw`{"data":1,"x":{"a":1,"a":2},"d\u0061ta":3}`;
    expect(members(text).duplicate).toBe("data");
    expect(rawMembers(text)["data"]).toBe("3");
    expect(members('{"x":{"a":1,"a":2}}').duplicate).toBeNull();
  });

  test("__proto__ is a key like any other", () => {
    expect([...members('{"__proto__":1}').values.keys()]).toEqual(["__proto__"]);
  });

  test.each(["1", "[]", '"{"', "null", " {} ", ""])("%j has none", (text) => {
    expect(members(text).values.size).toBe(0);
  });

  test.each(["{", '{"a', '{"a"', '{"a":', '{"a":1', '{"a":1,', "{,}", "{{}}", '{"a":}', "{]", '{"a" 1 2}', '{"\\'])(
    "%j, which is not JSON, is not read for ever",
    (text) => {
      expect(members(text).values.size).toBeLessThan(3);
    },
  );
});

describe("the elements of an array", () => {
  test("come back exactly as they were sent", () => {
    const items = ["1.0", DATA, '"],["', "[1,[2, 3]]", "null", "-1E+2"];
    expect(rawElements(` [ ${items.join(" ,\n")} ] `)).toEqual(items);
  });

  test("of a member are found from its position", () => {
    const text = '{"events": [{"a":1},2]}';
    expect(rawElements(text, members(text).values.get("events")?.start)).toEqual(['{"a":1}', "2"]);
  });

  test.each(["[]", "[ ]", "{}", "1", "[", ""])("%j has none", (text) => {
    expect(elements(text)).toEqual([]);
  });
});

test("positions agree with JSON.parse on generated documents", () => {
  const strings = ["", "a", '"', "\\", '\\"', "]}", "\u2028", "😀", "\n", '{"a":[', "x\\\\"];
  for (let seed = 1; seed <= 300; seed++) {
    let state = seed;
    const pick = (n: number) => (state = (state * 48_271) % 2_147_483_647) % n;
    const make = (depth: number): unknown => {
      const kind = pick(depth > 3 ? 3 : 5);
      if (kind === 0) return strings[pick(strings.length)];
      if (kind === 1) return (pick(2000) - 1000) / 8;
      if (kind === 2) return [true, false, null][pick(3)];
      const size = pick(4);
      if (kind === 3) return Array.from({ length: size }, () => make(depth + 1));
      return Object.fromEntries(
        Array.from({ length: size }, (_, i) => [`${strings[pick(strings.length)]}${i}`, make(depth + 1)]),
      );
    };
    const value = { first: make(0), second: make(0), list: [make(1), make(1)] };
    const text = JSON.stringify(value, null, pick(3));
    const read = Object.fromEntries(Object.entries(rawMembers(text)).map(([key, raw]) => [key, JSON.parse(raw)]));
    expect(read).toEqual(value);
    expect(rawElements(text, members(text).values.get("list")?.start).map((raw) => JSON.parse(raw))).toEqual(
      value.list,
    );
  }
});

describe("depth", () => {
  test.each([
    ["1", 0],
    ['"[[["', 0],
    ["[]", 1],
    ['{"a":[{"b":"}"}],"c":[]}', 3],
    [`${"[".repeat(100_000)}${"]".repeat(100_000)}`, 100_000],
  ])("of case %# is measured", (text, depth) => {
    expect(depthExceeds(text, depth)).toBe(false);
    expect(depthExceeds(text, depth - 1)).toBe(depth > 0);
  });
});

describe("numbers for a validator", () => {
  test.each([
    ["1e400", Number.MAX_VALUE],
    ["-1e400", -Number.MAX_VALUE],
    ["1E+0400", Number.MAX_VALUE],
    [`1${"0".repeat(309)}`, Number.MAX_VALUE],
    [`1${"0".repeat(250)}e99`, Number.MAX_VALUE],
    [`${"9".repeat(199)}e99`, Number(`${"9".repeat(199)}e99`)],
    ["1e-400", 0],
    ["1.0", 1],
    ["9".repeat(308), Number("9".repeat(308))],
  ])("case %# is finite", (text, value) => {
    expect(precise(text)).toBe(value);
    expect(precise(`{"a":[${text}]}`)).toEqual({ a: [value] });
  });

  test("text that only looks like numbers stays text", () => {
    expect(precise('{"e999":"1e400","Infinity":null}')).toEqual({ e999: "1e400", Infinity: null });
  });
});

describe("a survey", () => {
  const texts = [
    ` \n{"type" : "invoice.paid",\r\n"data":${DATA},"n": null , "t":true,"e":{},"l":[ ]}`,
    String.raw`{"d\u0061ta":1,"\"":2,"\\":3,"":4,"é😀":5,"a":"b:c,d}"}`,
    '{"a":1,"b":{"a":2},"a" : [ {"x":[]} ] }',
    "{}",
    '[{"a":1}, {"b":[2,"]"]}]',
    ' "x:y" ',
    "12",
  ];

  test("finds the members that members() finds", () => {
    for (const text of texts) expect(survey(text).members).toEqual(members(text));
  });

  test("ends where the value ends, wherever it stands", () => {
    for (const text of texts) {
      const { start, end } = survey(`[1 , ${text} , 2]`, 4);
      expect(`[1 , ${text} , 2]`.slice(start, end)).toBe(text.trim());
    }
  });

  test("counts the members of all objects, and how deep they are", () => {
    expect(texts.map((text) => survey(text).memberCount)).toEqual([12, 6, 5, 0, 2, 0, 0]);
    for (const text of texts) {
      const { depth } = survey(text);
      expect([depthExceeds(text, depth), depth === 0 || depthExceeds(text, depth - 1)]).toEqual([false, true]);
    }
  });

  test("of each element of a list is the element's own, and ends behind the list", () => {
    const text = `{"events" : [ ${texts.join(" ,\n")} ] }`;
    const { items, end } = surveyElements(text, text.indexOf("["));
    expect(items.map((item) => text.slice(item.start, item.end))).toEqual(texts.map((each) => each.trim()));
    expect(items.map(({ memberCount, depth }) => [memberCount, depth])).toEqual(
      texts.map((each) => [survey(each).memberCount, survey(each).depth]),
    );
    expect(text.slice(end)).toBe(" }");
    expect(surveyElements(" [ ] ")).toEqual({ items: [], end: 4 });
    expect(surveyElements("{}").items).toEqual([]);
  });
});
