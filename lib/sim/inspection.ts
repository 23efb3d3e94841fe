/** What a world needs to show more than event channels, gathered so that it is loaded at once or not at all. @module */

export { encodeText, PAYLOAD_MAX } from "../xenstore/wire.ts";
export { kernelFiles } from "./linux/kernel_files.ts";
export { HypercallDriver, PrivcmdDriver } from "./linux/privcmd.ts";
export { XenbusDriver } from "./linux/xenbus.ts";
export { domainNames, removeGuest, writeGuest, writeHost } from "./toolstack/toolstack.ts";
export { canonical } from "./xenstore/path.ts";
export { SimulatedStore } from "./xenstore/store.ts";
export { SimulatedSysctl } from "./linux/sysctl.ts";
