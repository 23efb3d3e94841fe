/** What the tests of the packages use: programs of this host, the packages themselves, and minimal systems. @module */

const ROOT = new URL("../..", import.meta.url).pathname.slice(0, -1);

/** Where the packages of {@linkcode packages} are. */
export const DIST = `${ROOT}/dist`;

/** Debian packages that the tests run programs of. */
const NEEDED = ["bash", "debootstrap", "fish", "lintian", "mandoc", "rpm", "xz-utils", "zsh"];

export interface Options {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly clearEnv?: boolean;
}

/** Runs a shell script to its end and returns what it prints. A command that fails ends it, and is an error. */
export async function sh(script: string, options: Options = {}): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("sh", { ...options, args: ["-euc", script] }).output();
  const text = new TextDecoder().decode(stdout);
  if (!success) throw new Error(`${script}\n${text}${new TextDecoder().decode(stderr)}`);
  return text;
}

/** Installs what is missing, as root. */
async function prepare(): Promise<void> {
  const found = await sh(
    `dpkg-query -W -f '\${Package} \${db:Status-Status}\\n' ${NEEDED.join(" ")} 2>/dev/null || true`,
  );
  const missing = NEEDED.filter((name) => !found.includes(`${name} installed\n`));
  if (missing.length === 0) return;
  if (Deno.uid() !== 0) throw new Error(`The tests of the packages need Debian's ${missing.join(", ")}`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await sh(`apt-get update -qq && apt-get install -y -qq --no-install-recommends ${missing.join(" ")}`, { env });
}

let building: Promise<readonly string[]> | undefined;

/** Builds all packages, once, and returns the lines of SHA256SUMS. */
export function packages(): Promise<readonly string[]> {
  return building ??= prepare().then(() => build(ROOT));
}

/** Builds the packages of the project in `folder`. */
export async function build(folder: string, words: readonly string[] = [], options: Options = {}): Promise<string[]> {
  await sh(`'${Deno.execPath()}' run -A packaging/main.ts ${words.join(" ")}`, { ...options, cwd: folder });
  return (await Deno.readTextFile(`${folder}/dist/SHA256SUMS`)).trim().split("\n");
}

/** A copy of the project's files, with the downloads that a build needs. */
export async function copyProject(to: string): Promise<void> {
  await sh(
    `git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t '${to}' && mkdir '${to}/dist' && ` +
      `mkdir '${to}/dist/cache' && cp dist/cache/*.tgz '${to}/dist/cache'`,
    { cwd: ROOT },
  );
}

/** A path in dist/. */
export async function packageOf(pattern: RegExp): Promise<string> {
  const [, name] = (await packages()).map((line) => line.split("  ")).find(([, name]) => pattern.test(name))!;
  return `${DIST}/${name}`;
}

let bootstrapping: Promise<string> | undefined;

/** The archive of a minimal Debian, which is kept for later runs. */
function minimalDebian(): Promise<string> {
  return bootstrapping ??= (async () => {
    await prepare();
    const archive = `${DIST}/cache/debian.tar`;
    if (await Deno.stat(archive).then(() => true, () => false)) return archive;
    const folder = await Deno.makeTempDir();
    const suite = (await sh(". /etc/os-release && echo $VERSION_CODENAME")).trim();
    await sh(`mkdir -p '${DIST}/cache'
      debootstrap --variant=minbase --include=fish,man-db,zsh ${suite} '${folder}'
      rm -rf '${folder}/var/cache/apt' '${folder}/var/lib/apt/lists'
      tar -C '${folder}' -cf '${archive}' .
      rm -rf '${folder}'`);
    return archive;
  })();
}

/** A system of its own in a folder. */
export class System {
  private constructor(readonly folder: string) {}

  static async unpack(folder: string): Promise<System> {
    await sh(`tar -C '${folder}' -xpf '${await minimalDebian()}'`);
    await Deno.chmod(folder, 0o755); // its users are not the one who made the folder
    return new System(folder);
  }

  /** Runs a shell script in it, as its root, without a network. */
  run(script: string): Promise<string> {
    const env = { PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/tmp", LANG: "C.UTF-8", SCRIPT: script };
    return sh(
      `exec unshare --net --pid --fork --kill-child --mount-proc='${this.folder}/proc' \\
        chroot '${this.folder}' sh -euc "$SCRIPT"`,
      { env, clearEnv: true },
    );
  }

  /** All its files, but those that a system makes while it runs. */
  async files(): Promise<string[]> {
    const found = await sh(`cd '${this.folder}' && find . -xdev -path ./proc -prune -o -print | LC_ALL=C sort`);
    return found.trim().split("\n");
  }
}
