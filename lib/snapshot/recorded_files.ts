/** The kernel's files as a recording has them. @module */

import type { Errno } from "../../ffi/syscalls.ts";
import { FILE_LIMIT, type FileText, isKernelFile, type KernelFiles } from "../view/kernel_files.ts";
import { type Recording, type Section, textOf } from "./recording.ts";

export class RecordedFiles implements KernelFiles {
  constructor(private readonly recording: Recording) {}

  read(path: string): FileText | Errno {
    const found = this.#section("file", path);
    if (typeof found === "string") return found;
    return found.text.length > FILE_LIMIT ? "EFBIG" : { text: found.text };
  }

  list(path: string): readonly string[] | Errno {
    const found = this.#section("folder", path);
    return typeof found === "string" ? found : found.text.split("\n").filter((name) => name !== "");
  }

  link(path: string): FileText | Errno {
    const found = this.#section("link", path);
    return typeof found === "string" ? found : { text: found.text.replace(/\n$/, "") };
  }

  #section(kind: "file" | "folder" | "link", path: string): Section | Errno {
    if (!isKernelFile(path)) return "EACCES";
    const section = textOf(this.recording, `${kind} ${path}`);
    if (section !== undefined) return section;
    const missing = this.recording.sections.get(`${kind} ${path}`)?.missing;
    return missing !== undefined && /^E[A-Z0-9]{1,20}$/.test(missing) ? missing as Errno : "ENODATA";
  }
}
