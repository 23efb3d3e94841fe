import config from "../../deno.json" with { type: "json" };

/** The version of evtchn. */
export const VERSION: string = config.version;
