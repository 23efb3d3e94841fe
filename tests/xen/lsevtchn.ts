/**
 * Xen's own lister beside ours: what lsevtchn says of a domain, and what `evtchn list --json` says in its words.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { PortRecord } from "../../lib/records.ts";
import { virqNumber } from "../../lib/virq.ts";
import { deviceShells } from "../transcripts/device_shell.ts";
import { DEVICE } from "./device.ts";

/** Starts a shell in this process. The library behind it is opened here, once: no test may leave it open. */
export const shellOnDevice = deviceShells(DEVICE);

/** The lines of `lsevtchn DOMAIN`, without the space before them. */
export async function lsevtchn(domain: number): Promise<string[]> {
  const { stdout } = await new Deno.Command("lsevtchn", { args: [String(domain)], stderr: "null" }).output();
  return new TextDecoder().decode(stdout).split("\n").slice(0, -1).map((line) => line.trimStart());
}

/** A record of `evtchn list --json` as lsevtchn writes it. */
export function inItsWords({ port, vcpu, ...rest }: PortRecord): string {
  return `${port}: VCPU ${vcpu}: ${what(rest)}`;
}

function what({ status, remote_domain, remote_port, virq, pirq }: Omit<PortRecord, "port" | "vcpu">): string {
  switch (status) {
    case "interdomain":
      return `Interdomain (Connected) - Remote Domain ${remote_domain}, Port ${remote_port}`;
    case "unbound":
      return `Interdomain (Waiting connection) - Remote Domain ${remote_domain}`;
    case "virq":
      return `Virtual IRQ ${virqNumber(virq!) ?? virq}`;
    case "pirq":
      return `Physical IRQ ${pirq}`;
    case "ipi":
      return "IPI";
    default:
      return status;
  }
}

/** Lines of records, read. */
export function records(text: string): PortRecord[] {
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/**
 * Fails unless both say the same of a domain, line by line. Ours runs in this process: a start takes seconds on an
 * emulated host.
 *
 * @returns Our records.
 */
export async function agree(domain: number): Promise<PortRecord[]> {
  await using shell = await shellOnDevice(); // it has ports of its own: it is there before either looks
  const theirs = await lsevtchn(domain);
  const { output, status } = await shell.run(`evtchn list ${domain} --json`);
  assertEquals(status, 0, output);
  const ours = records(output);
  assertEquals(ours.map(inItsWords), theirs);
  assertEquals([...new Set(ours.map((each) => each.domain))], [domain]);
  return ours;
}
