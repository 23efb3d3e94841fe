import { verb } from "../lib/cli/verb.ts";
import { virqTable } from "../lib/render/virqs.ts";
import { VIRQS } from "../lib/virq.ts";

/** `virqs` */
export default verb({
  help: "Lists the virtual interrupts: number, name, scope, usual owner, and when each fires.",
  examples: ["virqs", "virqs --json"],
  records: ["virqs"],
  async run(act) {
    if (!act.json) return await act.printText(virqTable(await act.palette()).join("\n"));
    const records = VIRQS.map(({ name, ...rest }) => ({ op: "virqs" as const, virq: name, ...rest }));
    await act.printAll(records);
  },
});
