import { assertEquals } from "@std/assert";
import { DeviceError, UsageError } from "../../lib/errors.ts";
import { fromWire, toWire } from "../../lib/session/wire_errors.ts";
import { test } from "../support/test.ts";

/** An error as it arrives. */
function carried(error: unknown): unknown {
  const { name, message, hint, ...rest } = fromWire(toWire(error)) as DeviceError;
  return { name, message, hint, ...rest };
}

test("an error of a verb arrives as it left", () => {
  for (
    const error of [
      new DeviceError("notify", "ENOTCONN", "7", "Cannot notify port 7", "a hint"),
      new DeviceError("watch", "EFBIG", "handle", "Cannot read events"),
      new UsageError("Cannot use that", "write this"),
      new UsageError("Cannot use that"),
    ]
  ) {
    const { name, message, hint, ...rest } = error as DeviceError;
    assertEquals(carried(error), { name, message, hint, ...rest });
  }
});

test("what no user can cause arrives as an error of the session", () => {
  const error = fromWire(toWire(new TypeError("x is not a function"))) as DeviceError;
  assertEquals([error.errno, error.message], ["EIO", "Cannot go on: TypeError: x is not a function: EIO"]);
});

test("one too many is EAGAIN, and what is no errno is a broken protocol", () => {
  const of = (error: string) => (fromWire({ error, message: "Cannot" }) as DeviceError).errno;
  assertEquals(["limit", "protocol", "enoent", "E".repeat(99), ""].map(of), [
    "EAGAIN",
    "EPROTO",
    "EPROTO",
    "EPROTO",
    "EPROTO",
  ]);
});
