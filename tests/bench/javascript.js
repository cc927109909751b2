/**
 * The reduced model in plain JavaScript: health, coverage, renewals and the shared shock of one segment under yearly
 * contracts. Typed arrays, one trial after the other, nothing allocated inside of one. It was written from
 * docs/model.md and shares no line with the simulator.
 */

const MEMORY = 1 / 12;

export class Reduced {
  constructor(scenario) {
    const [segment] = scenario.segments;
    const [touch] = scenario.touch_models;
    const [pool] = scenario.pools;
    this.seed = scenario.seed;
    this.months = Math.max(scenario.horizon, 12 * scenario.economics.cltv_years);
    this.persistence = 2 ** (-1 / scenario.shock.half_life);
    this.pull = Math.sqrt(scenario.shock.rho);
    this.scale = 1 / Math.sqrt(1 - scenario.shock.rho);

    const year = pool.hours_year;
    this.capacity = (pool.csms * (year.paid - year.leave - year.sick - year.internal) * year.realised) / 12;
    const classes = ['green', 'yellow', 'red'];
    this.hours = Float64Array.from(classes, (name) => touch.hours[name]);
    this.order = touch.allocation.map((name) => classes.indexOf(name)).filter((at) => at >= 0);
    this.k = touch.k;
    this.direct = (1 - touch.through_health) * touch.effect;

    const [green, yellow, red] = segment.health.mix;
    this.mix = [green, yellow, red];
    const risk = segment.relative_risk;
    const level = segment.churn / (green * risk[0] + yellow * risk[1] + red * risk[2]);
    this.log_odds = Float64Array.from(risk, (relative) => logit(level * relative));

    // Monthly steps towards yellow at either end of coverage: from green, from yellow to either side, from red.
    const mend = 1 - Math.cbrt(1 - segment.health.speed);
    const target = logistic(logit(segment.churn) + touch.through_health * touch.effect);
    const [c, b, a] = this.mix.map((share, health) => share * (level * risk[health] - target));
    const slowness = (-b + Math.sqrt(b * b - 4 * a * c)) / (2 * a);
    this.mend = mend;
    this.mend_uncovered = mend / slowness;
    this.decay_green = (mend * yellow) / green;
    this.decay_yellow = (mend * red) / yellow;

    // Accounts stand by the month of the year in which their contract ends, so a month decides a run of them.
    const book = scenario.book.accounts;
    const by_end = Array.from({ length: 12 }, (_, month) =>
      book.filter((account) => account.end_month % 12 === month),
    );
    this.first = Int32Array.from([0, ...by_end.map((accounts) => accounts.length)]);
    for (let month = 1; month <= 12; month += 1) this.first[month] += this.first[month - 1];
    this.opening_arr = Float64Array.from(by_end.flat(), (account) => account.arr);
    this.opening = this.opening_arr.reduce((sum, arr) => sum + arr, 0);

    this.health = new Uint8Array(book.length);
    this.missed = new Float64Array(book.length);
    this.arr = new Float64Array(book.length);
    this.last = new Int32Array(12);
    this.census = new Int32Array(3);
    this.missed_by_health = new Float64Array(3);
    this.coverage = new Float64Array(3);
    this.grr = 0;
    this.account_months = 0;
    this.a = 0;
    this.b = 0;
    this.c = 0;
    this.d = 0;
  }

  /** Plays one trial: `grr` is that of its first year, and `account_months` goes on counting. */
  play(trial) {
    const { missed, arr, last, census, missed_by_health, persistence } = this;
    this.start(trial);
    arr.set(this.opening_arr);
    missed.fill(0);
    missed_by_health.fill(0);
    for (let month = 0; month < 12; month += 1) last[month] = this.first[month + 1];
    this.draw_health();
    let decay = 1;
    let z = this.normal();
    let kept = this.opening;
    const innovation = Math.sqrt(1 - persistence * persistence);
    for (let month = 1; month <= this.months; month += 1) {
      z = persistence * z + innovation * this.normal();
      this.allocate();
      for (let health = 0; health < 3; health += 1)
        missed_by_health[health] += (1 - this.coverage[health] - missed_by_health[health]) * MEMORY;
      decay -= decay * MEMORY;
      this.move_health(decay);
      kept -= this.decide(month % 12, decay, z);
      this.account_months += census[0] + census[1] + census[2];
      if (month === 12) this.grr = kept / this.opening;
    }
  }

  draw_health() {
    const { health, census, mix } = this;
    census.fill(0);
    for (let i = 0; i < health.length; i += 1) {
      const u = this.uniform();
      health[i] = u < mix[0] ? 0 : u < mix[0] + mix[1] ? 1 : 2;
      census[health[i]] += 1;
    }
  }

  /** What the coverage of each health amounts to, hours going out class by class. */
  allocate() {
    const { census, coverage, hours, k } = this;
    let left = this.capacity;
    for (const health of this.order) {
      const asked = census[health] * hours[health];
      const covered = asked > 0 ? Math.min(1, left / asked) : 1;
      left = Math.max(0, left - asked);
      coverage[health] = (1 - Math.exp(-k * covered)) / (1 - Math.exp(-k));
    }
  }

  /**
   * Moves every account one month on. Words are sfc32, inlined because its state must stay in registers. An account
   * keeps `missed` such that `missed × decay + missed_by_health` is the coverage it has missed: only a move touches it.
   */
  move_health(decay) {
    const { health, missed, missed_by_health, coverage, census, first, last } = this;
    const mend = (at) => this.mend_uncovered + coverage[at] * (this.mend - this.mend_uncovered);
    const most = 2 ** 32;
    const green = this.decay_green * most;
    const up = mend(1) * most;
    const down = up + this.decay_yellow * most;
    const red = mend(2) * most;
    const ends = [green, down, red];
    const growth = 1 / decay;
    let { a, b, c, d } = this;
    for (let month = 0; month < 12; month += 1) {
      const end = last[month];
      for (let i = first[month]; i < end; i += 1) {
        const t = (a + b + d) | 0;
        d = (d + 1) | 0;
        a = b ^ (b >>> 9);
        b = (c + (c << 3)) | 0;
        c = (((c << 21) | (c >>> 11)) + t) | 0;
        const word = t >>> 0;
        const from = health[i];
        if (word < ends[from]) {
          const to = from !== 1 ? 1 : word < up ? 0 : 2;
          health[i] = to;
          missed[i] += (missed_by_health[from] - missed_by_health[to]) * growth;
          census[from] -= 1;
          census[to] += 1;
        }
      }
    }
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
  }

  /** Decides the contracts that end; the answer is the ARR that leaves. The last of its run takes a leaver's place. */
  decide(month, decay, z) {
    const { health, missed, missed_by_health, arr, census, log_odds, direct } = this;
    let lost = 0;
    for (let i = this.last[month] - 1; i >= this.first[month]; i -= 1) {
      const at = health[i];
      const x = log_odds[at] + direct * (missed[i] * decay + missed_by_health[at]);
      const latent = (LATENT.at(x) - this.pull * z) * this.scale;
      if (this.uniform() < NORMAL.at(latent)) {
        lost += arr[i];
        census[at] -= 1;
        const end = this.last[month] - 1;
        this.last[month] = end;
        health[i] = health[end];
        missed[i] = missed[end];
        arr[i] = arr[end];
      }
    }
    return lost;
  }

  start(trial) {
    this.a = this.seed | 0;
    this.b = trial | 0;
    this.c = 0x9e3779b9 | 0;
    this.d = 1;
    // So many rounds mix a counter through all of the state.
    for (let round = 0; round < 15; round += 1) this.word();
  }

  word() {
    const t = (this.a + this.b + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  uniform() {
    return (this.word() + 0.5) * 2 ** -32;
  }

  normal() {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }
}

/** A smooth function read off a straight line between its values on a grid. */
class Table {
  constructor(low, high, steps, f) {
    this.low = low;
    this.steps = steps;
    this.inverse = steps / (high - low);
    this.values = Float64Array.from({ length: steps + 2 }, (_, i) => f(low + (i * (high - low)) / steps));
  }

  at(x) {
    const place = Math.min(Math.max((x - this.low) * this.inverse, 0), this.steps);
    const i = place | 0;
    return this.values[i] + (place - i) * (this.values[i + 1] - this.values[i]);
  }
}

/** The probability below a standard normal number, by the series of Marsaglia (2004). */
function normal_cdf(x) {
  let [sum, last, term] = [x, 0, x];
  for (let i = 3; sum !== last; i += 2) {
    term *= (x * x) / i;
    last = sum;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}

function normal_quantile(p) {
  let [low, high] = [-8, 8];
  for (let round = 0; round < 60; round += 1) {
    const middle = (low + high) / 2;
    if (normal_cdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const logit = (p) => Math.log(p / (1 - p));
const logistic = (x) => 1 / (1 + Math.exp(-x));

const NORMAL = new Table(-8, 8, 4096, normal_cdf);
const LATENT = new Table(-10, 10, 2048, (x) => normal_quantile(logistic(x)));
