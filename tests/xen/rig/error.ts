/** A failure of the rig that a person can act on: shown as text, without a stack trace. */
export class RigError extends Error {
  override name = "RigError";
  /** The exit status of the program that ends because of it. */
  readonly status: number;

  constructor(message: string, status = 1) {
    super(message);
    this.status = status;
  }
}
