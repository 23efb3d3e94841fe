import { ILLUMOS_PERSONALITY } from "../../lib/sim/illumos.ts";
import { createWorld } from "../../lib/sim/world.ts";
import { test } from "./harness.ts";
import { IllumosModel, LinuxModel } from "./model.ts";
import { answersAsModelled, DOMIDS, FIRST_PORT } from "./steps.ts";

test("whatever is done to handles of Linux, they answer as the model does", () => {
  answersAsModelled(() => createWorld(), () => new LinuxModel(DOMIDS, FIRST_PORT), 64, 300);
});

test("whatever is done to handles of illumos, they answer as the model does", () => {
  const newWorld = () => createWorld({ personality: ILLUMOS_PERSONALITY });
  answersAsModelled(newWorld, () => new IllumosModel(DOMIDS, FIRST_PORT), 1024, 150);
});
