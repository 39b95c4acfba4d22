// One node of the network: the `holdfast start` that ships, as processes of its own on this machine.
//
//   NW2  Killed, every process of it is gone at once. Started again, it is the start that ships.
//   NW7  What is said of it is what it answered last, and when.
import { spawn, type ChildProcess } from 'node:child_process';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcesses } from './end-processes.ts';
import type { NodeName, NodeState } from './network-words.ts';

export interface NodePlan {
  readonly name: NodeName;
  /** For people. */
  readonly title: string;
  readonly port: number;
  readonly data: string;
  /** HOLDFAST_… of every start. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly status: number;
  readonly text: string;
}

const HEALTHY_WITHIN_MS = 120_000;
const ASK_MS = 2_000;
const STOP_MS = 20_000;
const WORDS_MAX = 4_000;

export class NetworkNode {
  readonly plan: NodePlan;
  readonly #entry: string;
  readonly #heard: (line: string) => void;
  #child: ChildProcess | undefined;
  #state: NodeState = 'down';
  #words = '';
  #token: string | undefined;

  /** `entry` is the compiled program. `heard` gets each line that the node prints. */
  constructor(plan: NodePlan, entry: string, heard: (line: string) => void) {
    this.plan = plan;
    this.#entry = entry;
    this.#heard = heard;
  }

  get address(): string {
    return `http://127.0.0.1:${String(this.plan.port)}`;
  }
  state(): NodeState {
    return this.#state;
  }

  /** Resolves when it answers. Rejects, with what it printed last, when it ends before that. */
  async start(more: Readonly<Record<string, string>> = {}): Promise<void> {
    if (this.#isRunning()) return;
    this.#state = 'starting';
    this.#words = '';
    const child = spawn(process.execPath, [this.#entry, 'start'], {
      env: this.#environment(more),
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: a Ctrl-C at the terminal is for the network, which then ends its nodes in good order.
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => {
        this.#words = (this.#words + chunk).slice(-WORDS_MAX);
        for (const line of chunk.split('\n')) if (line.trim() !== '') this.#heard(line);
      });
    }
    child.once('exit', () => {
      if (this.#child === child) this.#state = 'down';
    });
    for (const until = Date.now() + HEALTHY_WITHIN_MS; ;) {
      if (this.#child !== child || !this.#isRunning()) {
        throw new Error(`${this.plan.title} ended as it started: ${lastLine(this.#words)}`);
      }
      if (await this.look()) return;
      if (Date.now() > until) throw new Error(`${this.plan.title} does not answer: ${lastLine(this.#words)}`);
      await sleep(100);
    }
  }

  /** Every process of it, at once. */
  kill(): void {
    const pid = this.#child?.pid;
    this.#child = undefined;
    this.#state = 'down';
    endProcesses(pid, this.plan.data);
  }

  /** In good order. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.#isRunning()) return;
    const ended = new Promise<void>((done) => child.once('exit', () => done()));
    child.kill('SIGTERM');
    await Promise.race([ended, sleep(STOP_MS, undefined, { ref: false })]);
    this.kill();
  }

  /** Asks whether it serves, and remembers what it said. */
  async look(): Promise<boolean> {
    const child = this.#child;
    if (!this.#isRunning()) {
      this.#state = 'down';
      return false;
    }
    const answered = await this.#ask('GET', '/health').catch(() => undefined);
    // It may have been killed while it was asked.
    if (this.#child !== child || !this.#isRunning()) return false;
    const isUp = answered?.status === 200;
    if (isUp) this.#state = 'up';
    else if (this.#state === 'up') this.#state = 'silent';
    return isUp;
  }

  /** As the node's own service. */
  async fhir(method: string, path: string): Promise<Answered> {
    this.#token ??= (await this.command(['token', '--minutes', '720'])).trim();
    const answered = await this.#ask(method, `/fhir/${path}`, this.#token);
    if (answered.status === 401) this.#token = undefined;
    return answered;
  }

  /** Runs one `holdfast` command beside the node and gives what it printed. Rejects with what it said went wrong. */
  command(args: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [this.#entry, ...args], {
        env: this.#environment({}),
        stdio: ['ignore', 'pipe', 'pipe'],
        windowsHide: true,
      });
      const said = { out: '', err: '' };
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => void (said.out += chunk));
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => void (said.err += chunk));
      child.once('error', reject);
      child.once('close', (code) => {
        if (code === 0) resolve(said.out);
        else reject(new Error(`holdfast ${args.slice(0, 2).join(' ')} at ${this.plan.title}: ${lastLine(said.err)}`));
      });
    });
  }

  #isRunning(): boolean {
    const child = this.#child;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  #environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
    // What was set for one node is not meant for three; npm's own words would tell a node that npm is its parent.
    const own = Object.entries(process.env).filter(([name]) => !/^(HOLDFAST_|npm_lifecycle)/.test(name));
    return {
      ...Object.fromEntries(own),
      HOLDFAST_HOST: '127.0.0.1',
      HOLDFAST_PORT: String(this.plan.port),
      HOLDFAST_DATA: this.plan.data,
      HOLDFAST_PROCESSES: '1',
      HOLDFAST_NODE_NAME: this.plan.title,
      ...this.plan.settings,
      ...more,
    };
  }

  #ask(method: string, path: string, token?: string): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const asked = request(
        `${this.address}${path}`,
        {
          method,
          timeout: ASK_MS * 5,
          headers: {
            accept: 'application/fhir+json, application/json',
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
        },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8');
          answer.on('data', (chunk: string) => void (text += chunk));
          answer.on('error', reject);
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
        },
      );
      asked.on('timeout', () => asked.destroy(new Error('no answer')));
      asked.on('error', reject);
      asked.end();
    });
  }
}

const lastLine = (words: string): string => words.trim().split('\n').at(-1) ?? '';
