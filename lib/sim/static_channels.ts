/** The setting `static`: channels that Xen makes at boot, as a dom0less device tree asks for. @module */

import { UsageError } from "../errors.ts";
import { parseU32, U32_MAX } from "../parse.ts";
import type { Hypervisor, StaticChannel } from "./xen/hypervisor.ts";

/** Makes the channels of `texts`, such as `1:9-2:11`; a UsageError names an end that is not there or not free. */
export function connectStatic(hypervisor: Hypervisor, texts: readonly string[]): void {
  for (const text of texts) {
    const refused = hypervisor.connectAtBoot(parse(text));
    if (refused === undefined) continue;
    const { domain, port } = refused;
    const exists = hypervisor.domain(domain) !== undefined;
    throw new UsageError(
      `Cannot simulate with "static=${text}"`,
      exists
        ? `port ${port} of domain ${domain} is taken or does not exist: a kernel takes the lowest ones when it starts`
        : `there is no domain ${domain} when the host starts`,
    );
  }
}

/** Numbers that are no u32 stand for ends that are not there. */
function parse(text: string): StaticChannel {
  const [one, other] = text.split("-").map((end) => {
    const [domain, port] = end.split(":").map((number) => parseU32(number) ?? U32_MAX);
    return { domain, port };
  });
  return [one, other];
}
