import type { Host, Output } from "../host/host.ts";

/** A host with other output streams. A host may be an object of a class, so each method is named. */
export function withOutputs(host: Host, outputs: { readonly stdout: Output; readonly stderr: Output }): Host {
  return {
    ...host,
    ...outputs,
    clock: host.clock,
    env: (name) => host.env(name),
    runtime: () => host.runtime(),
    readText: (path, lossy) => host.readText(path, lossy),
    replaceFile: (path, text) => host.replaceFile(path, text),
    serve: (served) => host.serve(served),
    folder: (path) => host.folder(path),
    openPrompt: (options) => host.openPrompt(options),
    openTerminal: (listener) => host.openTerminal(listener),
    onSignal: (listener) => host.onSignal(listener),
    kernel: (choice) => host.kernel(choice),
    background: (words, env, fd) => host.background(words, env, fd),
    sessionSockets: () => host.sessionSockets(),
    spawn: (command, args, env) => host.spawn(command, args, env),
    capture: (command, args, given) => host.capture(command, args, given),
  };
}
