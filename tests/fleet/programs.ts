/** Prometheus' programs: those that are installed, else Debian's packages, unpacked for this run. @module */

const PACKAGES: Readonly<Record<string, string>> = {
  prometheus: "prometheus",
  promtool: "prometheus",
  "prometheus-node-exporter": "prometheus-node-exporter",
};

async function ran(program: string, args: readonly string[], cwd?: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args], cwd }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(`${program} ${args.join(" ")}: ${text.decode(stderr)}`);
  return text.decode(stdout);
}

async function installed(name: string): Promise<string | undefined> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    const path = `${folder}/${name}`;
    if (await Deno.stat(path).then(({ isFile }) => isFile, () => false)) return path;
  }
}

/**
 * The path of each program. What is not installed is downloaded with apt-get and unpacked into `folder`: nothing is
 * installed, and no service is started.
 *
 * @throws {Error} With what to install, if that cannot be done.
 */
export async function programs(folder: string): Promise<(name: keyof typeof PACKAGES) => string> {
  const paths = new Map<string, string>();
  for (const [name, wanted] of Object.entries(PACKAGES)) {
    const path = await installed(name);
    if (path !== undefined) paths.set(name, path);
    else {
      await unpacked(wanted, folder);
      paths.set(name, `${folder}/usr/bin/${name}`);
    }
  }
  return (name) => paths.get(name)!;
}

async function unpacked(name: string, folder: string): Promise<void> {
  if (await Deno.stat(`${folder}/${name}`).then(() => true, () => false)) return;
  try {
    await Deno.mkdir(`${folder}/${name}`);
    await ran("apt-get", ["download", "-q", name], `${folder}/${name}`);
    for (const { name: file } of Deno.readDirSync(`${folder}/${name}`)) {
      await ran("dpkg-deb", ["-x", `${folder}/${name}/${file}`, folder]);
    }
  } catch (error) {
    const line = "apt-get install --no-install-recommends prometheus prometheus-node-exporter";
    throw new Error(`The tests of the fleet need Debian's packages. As root, run:\n  ${line}\n${error}`);
  }
}
