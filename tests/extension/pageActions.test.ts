/** The commands of a page's header: what is a button, what stands in the menu, and what is apart at its end. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { arrangement, type HeaderAction } from "../../extension/webview/actions";

type Given = Pick<HeaderAction, "label" | "rank">;

function labels(given: Readonly<Record<string, Given["rank"]>>): readonly (readonly string[])[] {
  const { buttons, menu, apart } = arrangement(Object.entries(given).map(([label, rank]): Given => ({ label, rank })));
  return [buttons, menu, apart].map((list) => list.map(({ label }) => label));
}

test("one main button comes first, two stand beside it, and what destroys is apart", () => {
  assert.deepEqual(
    labels({ Log: "other", Send: "first", Stop: "other", Delete: "danger", Restart: "other", Start: "first" }),
    [["Send", "Log", "Stop"], ["Restart", "Start"], ["Delete"]],
  );
});

test("what destroys is in the menu even when it is alone there", () => {
  assert.deepEqual(labels({ Restore: "first", Delete: "danger" }), [["Restore"], [], ["Delete"]]);
});

test("without a main button two others are left", () => {
  assert.deepEqual(labels({ One: "other", Two: "other", Three: "other" }), [["One", "Two"], ["Three"], []]);
});
