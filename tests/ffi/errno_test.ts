import { assertEquals } from "@std/assert";
import { constants } from "node:os";
import { errnoName } from "../../ffi/errno.ts";
import { test } from "../sim/harness.ts";

/** Second names of a number: EWOULDBLOCK is EAGAIN's, and so on. */
const ALIASES = ["EWOULDBLOCK", "EDEADLOCK", "ENOTSUP", "EOPNOTSUPP"];

test("errnos have the names that this system gives them", () => {
  for (const [name, number] of Object.entries(constants.errno)) {
    if (!ALIASES.includes(name)) assertEquals(errnoName(number), name);
  }
});

test("the errnos that the driver answers with are known by name", () => {
  const numbers = [1, 2, 3, 4, 9, 11, 12, 13, 14, 16, 17, 19, 22, 25, 27, 28, 38, 107];
  assertEquals(numbers.map(errnoName), [
    "EPERM",
    "ENOENT",
    "ESRCH",
    "EINTR",
    "EBADF",
    "EAGAIN",
    "ENOMEM",
    "EACCES",
    "EFAULT",
    "EBUSY",
    "EEXIST",
    "ENODEV",
    "EINVAL",
    "ENOTTY",
    "EFBIG",
    "ENOSPC",
    "ENOSYS",
    "ENOTCONN",
  ]);
});

test("an errno that Linux does not define is its number", () => {
  assertEquals(errnoName(41), "E41");
  assertEquals(errnoName(512), "E512"); // ERESTARTSYS, which no program should ever see
});
