// FHIRPath text to a tree: the whole grammar of http://hl7.org/fhirpath/N1/grammar.html, by precedence climbing.
//
// Invariants (specs/fhirpath.md)
//   FP1  What the grammar allows is parsed with its precedence; anything else is refused with the place.
//   FP2  Nesting and length are bounded: an expression from a client cannot exhaust the stack.
//   FP3  Faults never quote the expression: a client's may hold a patient's data.
import { err, ok, type Result } from '../../base/result.ts';
import { readTokens, type Token } from './read-tokens.ts';

export type LiteralType = 'Boolean' | 'String' | 'Integer' | 'Decimal' | 'Date' | 'DateTime' | 'Time' | 'Quantity';
export interface TypeName {
  /** `FHIR`, `System`, or undefined where the expression leaves it open. */
  readonly namespace: string | undefined;
  readonly name: string;
}
export type BinaryOperator =
  | '*'
  | '/'
  | 'div'
  | 'mod'
  | '+'
  | '-'
  | '&'
  | '|'
  | '<'
  | '<='
  | '>'
  | '>='
  | '='
  | '~'
  | '!='
  | '!~'
  | 'in'
  | 'contains'
  | 'and'
  | 'or'
  | 'xor'
  | 'implies';

/** `at` is the offset in the expression. A member or call without `focus` starts from the context (`$this`). */
export type Ast =
  | { readonly kind: 'empty'; readonly at: number }
  /** `text` without quotes, `@` and escapes; `unit` for a Quantity: a UCUM code, or a calendar word in the singular. */
  | {
      readonly kind: 'literal';
      readonly at: number;
      readonly type: LiteralType;
      readonly text: string;
      readonly unit?: string;
      readonly calendar?: boolean;
    }
  | { readonly kind: 'constant'; readonly at: number; readonly name: string }
  | { readonly kind: 'variable'; readonly at: number; readonly name: '$this' | '$index' | '$total' }
  | { readonly kind: 'member'; readonly at: number; readonly name: string; readonly focus?: Ast }
  | {
      readonly kind: 'call';
      readonly at: number;
      readonly name: string;
      readonly args: readonly Ast[];
      readonly focus?: Ast;
    }
  | { readonly kind: 'index'; readonly at: number; readonly focus: Ast; readonly index: Ast }
  | { readonly kind: 'sign'; readonly at: number; readonly operator: '+' | '-'; readonly operand: Ast }
  | {
      readonly kind: 'binary';
      readonly at: number;
      readonly operator: BinaryOperator;
      readonly left: Ast;
      readonly right: Ast;
    }
  | {
      readonly kind: 'type';
      readonly at: number;
      readonly operator: 'is' | 'as';
      readonly operand: Ast;
      readonly type: TypeName;
    };

export interface FhirPathFault {
  /** From 0, in UTF-16 units. */
  readonly offset: number;
  /** What was expected; never what stood there. */
  readonly message: string;
}

/** Higher binds tighter (N1 grammar, from the top down). */
const precedenceOf: Readonly<Record<string, number>> = {
  '*': 10,
  '/': 10,
  div: 10,
  mod: 10,
  '+': 9,
  '-': 9,
  '&': 9,
  is: 8,
  as: 8,
  '|': 7,
  '<=': 6,
  '<': 6,
  '>': 6,
  '>=': 6,
  '=': 5,
  '~': 5,
  '!=': 5,
  '!~': 5,
  in: 4,
  contains: 4,
  and: 3,
  or: 2,
  xor: 2,
  implies: 1,
};
const depthMax = 100;
const linksMax = 1_000;
const lengthMax = 20_000;

/** Parses an expression. Never throws on input. */
export function parseFhirPath(text: string): Result<Ast, FhirPathFault> {
  if (text.length > lengthMax)
    return err({ offset: lengthMax, message: `an expression has at most ${lengthMax} characters` });
  const tokens = readTokens(text);
  if (!tokens.ok) return tokens;
  const parser = new Parser(tokens.value);
  try {
    return ok(parser.whole());
  } catch (thrown) {
    if (thrown instanceof Refused) return err({ offset: thrown.offset, message: thrown.message });
    throw thrown;
  }
}

/** The type name in an expression that stands where a type must (`is(FHIR.Patient)`); undefined when it is none. */
export function typeNameOf(ast: Ast): TypeName | undefined {
  if (ast.kind !== 'member') return undefined;
  if (ast.focus === undefined) return { namespace: undefined, name: ast.name };
  const { focus } = ast;
  return focus.kind === 'member' && focus.focus === undefined ? { namespace: focus.name, name: ast.name } : undefined;
}

class Refused {
  readonly offset: number;
  readonly message: string;
  constructor(offset: number, message: string) {
    this.offset = offset;
    this.message = message;
  }
}

class Parser {
  private readonly tokens: readonly Token[];
  private next = 0;
  private depth = 0;
  private links = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  whole(): Ast {
    const ast = this.expression(1);
    if (this.peek().kind !== 'end') this.refuse('an operator or the end must stand here');
    return ast;
  }

  private peek(): Token {
    const token = this.tokens[this.next];
    if (token === undefined) throw new Refused(0, 'the expression ends too early');
    return token;
  }

  private take(): Token {
    const token = this.peek();
    this.next++;
    return token;
  }

  private isSymbol(text: string): boolean {
    const token = this.peek();
    return token.kind === 'symbol' && token.text === text;
  }

  private expect(text: string): void {
    if (!this.isSymbol(text)) this.refuse(`${text} must stand here`);
    this.next++;
  }

  private refuse(message: string): never {
    throw new Refused(this.peek().at, message);
  }

  /** Takes the word that makes a chain longer: chains lean to the left, each link is one level of the tree. */
  private link(): void {
    if (++this.links > linksMax) this.refuse(`an expression has at most ${linksMax} operators and points`);
    this.next++;
  }

  /** A chain of operators of at least this precedence; all are left-associative. */
  private expression(precedenceMin: number): Ast {
    if (++this.depth > depthMax) this.refuse(`nesting is deeper than ${depthMax}`);
    let left = this.signed();
    for (;;) {
      const token = this.peek();
      const isOperator = token.kind === 'symbol' || token.kind === 'name';
      const precedence = isOperator && Object.hasOwn(precedenceOf, token.text) ? precedenceOf[token.text] : undefined;
      if (precedence === undefined || precedence < precedenceMin) break;
      this.link();
      if (token.text === 'is' || token.text === 'as') {
        left = { kind: 'type', at: token.at, operator: token.text, operand: left, type: this.typeName() };
      } else {
        const right = this.expression(precedence + 1);
        left = { kind: 'binary', at: token.at, operator: token.text as BinaryOperator, left, right };
      }
    }
    this.depth--;
    return left;
  }

  private signed(): Ast {
    const token = this.peek();
    if (token.kind !== 'symbol' || (token.text !== '+' && token.text !== '-')) return this.postfix(this.term());
    if (++this.depth > depthMax) this.refuse(`nesting is deeper than ${depthMax}`);
    this.next++;
    const operand = this.signed();
    this.depth--;
    return { kind: 'sign', at: token.at, operator: token.text, operand };
  }

  private postfix(term: Ast): Ast {
    let focus = term;
    for (;;) {
      const token = this.peek();
      if (this.isSymbol('.')) {
        this.link();
        focus = this.invocation(focus);
      } else if (this.isSymbol('[')) {
        this.link();
        const index = this.expression(1);
        this.expect(']');
        focus = { kind: 'index', at: token.at, focus, index };
      } else return focus;
    }
  }

  private term(): Ast {
    const token = this.peek();
    switch (token.kind) {
      case 'string':
        this.next++;
        return { kind: 'literal', at: token.at, type: 'String', text: token.text };
      case 'number':
        this.next++;
        return this.number(token);
      case 'date':
      case 'dateTime':
      case 'time': {
        this.next++;
        const type = token.kind === 'date' ? 'Date' : token.kind === 'time' ? 'Time' : 'DateTime';
        return { kind: 'literal', at: token.at, type, text: token.text };
      }
      case 'constant':
        this.next++;
        return { kind: 'constant', at: token.at, name: token.text };
      case 'variable':
      case 'quotedName':
        return this.invocation(undefined);
      case 'name':
        if (token.text === 'true' || token.text === 'false') {
          this.next++;
          return { kind: 'literal', at: token.at, type: 'Boolean', text: token.text };
        }
        return this.invocation(undefined);
      case 'symbol':
        if (token.text === '(') {
          this.next++;
          const inner = this.expression(1);
          this.expect(')');
          return inner;
        }
        if (token.text === '{') {
          this.next++;
          this.expect('}');
          return { kind: 'empty', at: token.at };
        }
        return this.refuse('a value, a name or ( must stand here');
      default:
        return this.refuse('the expression ends too early');
    }
  }

  /** A number, and the unit after it that makes it a quantity. */
  private number(token: Token): Ast {
    const type = token.text.includes('.') ? 'Decimal' : 'Integer';
    const unit = this.peek();
    if (unit.kind === 'string') {
      this.next++;
      return { kind: 'literal', at: token.at, type: 'Quantity', text: token.text, unit: unit.text, calendar: false };
    }
    const word = unit.kind === 'name' ? calendarUnits.get(unit.text) : undefined;
    if (word === undefined) return { kind: 'literal', at: token.at, type, text: token.text };
    this.next++;
    return { kind: 'literal', at: token.at, type: 'Quantity', text: token.text, unit: word, calendar: true };
  }

  private invocation(focus: Ast | undefined): Ast {
    const token = this.take();
    if (token.kind === 'variable') {
      if (focus !== undefined && token.text !== '$this') throw new Refused(token.at, 'a name must stand here');
      // `a.$this` is `a` in the grammar's terms only: the variable replaces the path so far.
      return { kind: 'variable', at: token.at, name: token.text as '$this' | '$index' | '$total' };
    }
    const isPlain = !reserved.has(token.text) || (focus !== undefined && afterPoint.has(token.text));
    const isName = token.kind === 'quotedName' || (token.kind === 'name' && isPlain);
    if (!isName) throw new Refused(token.at, 'a name must stand here');
    const { at, text: name } = token;
    if (!this.isSymbol('('))
      return focus === undefined ? { kind: 'member', at, name } : { kind: 'member', at, name, focus };
    this.next++;
    const args: Ast[] = [];
    if (!this.isSymbol(')')) {
      args.push(this.expression(1));
      while (this.isSymbol(',')) {
        this.next++;
        args.push(this.expression(1));
      }
    }
    this.expect(')');
    return focus === undefined ? { kind: 'call', at, name, args } : { kind: 'call', at, name, args, focus };
  }

  private typeName(): TypeName {
    const first = this.simpleName();
    if (!this.isSymbol('.')) return { namespace: undefined, name: first };
    // `x is FHIR.Patient`; only a namespace can be followed by a point here, for a type has no members.
    this.next++;
    return { namespace: first, name: this.simpleName() };
  }

  private simpleName(): string {
    const token = this.take();
    if (token.kind !== 'name' && token.kind !== 'quotedName')
      throw new Refused(token.at, 'the name of a type must stand here');
    return token.text;
  }
}

/** Words that are operators or literals and so never names; `as`, `is`, `in`, `contains` may be both. After a point no operator
 * can stand, and `text.div` is too common to be refused. */
const afterPoint = new Set(['div', 'mod']);
const reserved = new Set(['and', 'or', 'xor', 'implies', 'div', 'mod', 'true', 'false']);

const calendarUnits: ReadonlyMap<string, string> = new Map(
  ['year', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond'].flatMap((unit) => [
    [unit, unit],
    [`${unit}s`, unit],
  ]),
);
