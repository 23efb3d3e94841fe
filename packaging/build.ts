/** What the steps of a build share. @module */

/** The root of the project, without a slash at its end. */
export const ROOT = new URL("..", import.meta.url).pathname.slice(0, -1);

/** Where packages are written. */
export const DIST = `${ROOT}/dist`;

/** An architecture with a package, under the names that others have for it. */
export interface Architecture {
  /** Debian's name, which is used everywhere here. */
  readonly name: "amd64" | "arm64";
  readonly rpm: string;
  /** The package of Deno's binary, with its version, in the npm registry. */
  readonly deno: string;
  /** Of that package's archive. */
  readonly integrity: string;
}

export const ARCHITECTURES: readonly Architecture[] = [
  {
    name: "amd64",
    rpm: "x86_64",
    deno: "@deno/linux-x64-glibc@2.9.6",
    integrity: "sha512-3md4TKLCuzsLDmfOoC5KN7NAZaxSVkMgm64vg6foD00JBADCpYS2/5QqXfzgnP5ZQz3iLP9vBQJtEgc116OAoQ==",
  },
  {
    // 2.9.6 was not published for it when this was written.
    name: "arm64",
    rpm: "aarch64",
    deno: "@deno/linux-arm64-glibc@2.9.5",
    integrity: "sha512-IuYjsz9PGl7CJcNXMuN27KNDB8Q40brK3SG3l+TXMDVW61ZKwcn0fQHBHnXFiiygEwI8by/fKnASEluhZB1atw==",
  },
];

/** What all packages of one build say of themselves. */
export interface Release {
  readonly version: string;
  /** Seconds since 1970: the time of everything in the packages. */
  readonly epoch: number;
}

/** The version of deno.json at the time of SOURCE_DATE_EPOCH, by default that of the last commit. */
export async function release(): Promise<Release> {
  const { version } = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`));
  const epoch = Deno.env.get("SOURCE_DATE_EPOCH") ?? await run("git", ["log", "-1", "--format=%ct"], { cwd: ROOT });
  return { version, epoch: Number(epoch) };
}

/**
 * Runs a program to its end and returns what it prints.
 *
 * @throws {Error} If it fails, with what it said.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { ...options, args: [...args] }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (!success) throw new Error(`${program} ${args.join(" ")} failed:\n${text(stderr)}\n${text(stdout)}`);
  return text(stdout);
}

/** Whether the program is on the PATH. */
export async function has(program: string): Promise<boolean> {
  return (await new Deno.Command("sh", { args: ["-c", `command -v ${program}`], stdout: "null" }).output()).success;
}
