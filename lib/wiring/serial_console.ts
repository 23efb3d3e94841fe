/**
 * Whether Xen prints a dump for long. With a debug key Xen waits until its serial console has sent every character
 * (console_start_log_everything, xen/common/keyhandler.c): about 50 bytes a port, so that 1,000 ports take 4 s at 115200
 * baud, and a vCPU of the control domain stands still as long. @module
 */

import { unlessRefused } from "../errors.ts";
import type { HostView } from "../view/host_view.ts";

/** On a host with more domains nobody waits for a serial console who has not asked. */
const DOMAINS = 32;

/** A console that sends characters at a pace; `vga` and `pv` do not (xen/drivers/char/console.c, opt_console). */
const SERIAL = /(?:^|\s)console=\S*(?:com|dtuart|serial|xhci|ehci|dbgp)/;

/** How many domains Xen has if they are many, and it prints on a serial console or does not tell; else undefined. */
export async function slowToPrint(view: HostView): Promise<number | undefined> {
  const domains = await unlessRefused(async () => (await (await view.xen()).domains()).length) ?? 0;
  if (domains <= DOMAINS) return undefined;
  const traits = await unlessRefused(async () => await (await view.tables()).traits());
  return traits?.commandLine === undefined || SERIAL.test(traits.commandLine) ? domains : undefined;
}
