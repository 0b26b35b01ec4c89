import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { type BaseDePrueba, prepararBase } from './apoyo/base.ts';
import { type Azar, crearAzar } from './fallos/azar.ts';
import { leerLibro, respuestasDobles, sinContestar } from './fallos/libro.ts';

const CUANTOS = 2000;
const CARRILES = 4;
/** Conexiones de un mismo escenario: lo que se lanza a la vez de verdad compite por los candados. */
const CONEXIONES = 3;

interface Turno {
  contacto_id: string;
  arrendado_por: string;
  vuelta: number;
}
interface Contexto {
  epoca: number;
  pendiente: boolean;
  rafaga: unknown[];
  silencio: string | null;
}
type Paso =
  | 'entra'
  | 'piensa'
  | 'guarda'
  | 'sale'
  | 'acepta'
  | 'rechaza'
  | 'humano'
  | 'toma'
  | 'devuelve'
  | 'apaga'
  | 'enciende';

/** Cuándo empezó y terminó algo, en el reloj de la prueba: lo que se traslapa puede ser antes o después. */
interface Lapso {
  desde: number;
  hasta: number;
}
interface Envio extends Lapso {
  id: string;
  autor: string;
  epoca: number;
}

describe('intercalados al azar de personas, contactos e IA', () => {
  let base: BaseDePrueba;
  let pool: pg.Pool;
  const semilla = Number(
    process.argv.find((a) => /^semilla=\d+$/.test(a))?.slice(8) ?? Date.now() % 1_000_000_000,
  );

  before(async () => {
    base = await prepararBase();
    pool = new pg.Pool({ connectionString: base.url, max: CARRILES * CONEXIONES });
    for (let i = 0; i < CARRILES; i++) {
      await pool.query('select crear_nora($1)', [
        {
          nombre_nora: `n${i}`,
          nombre_visible: `N${i}`,
          numero_nora: `+52662000000${i}`,
          modulos: ['ia', 'chat'],
        },
      ]);
    }
  });
  after(async () => {
    await pool.end();
    await base.cerrar();
  });

  test(`en ${CUANTOS} intercalados Nora nunca habla después de una persona y ninguna ráfaga tiene dos resultados`, async (t) => {
    t.diagnostic(`semilla ${semilla}`);
    const cifras: Record<string, number> = {};
    await Promise.all(
      Array.from({ length: CARRILES }, async (_, carril) => {
        for (let i = carril; i < CUANTOS; i += CARRILES) {
          // Lo que haría autovacuum: una base recién creada planea como si siguiera vacía.
          if (i === 40 || i % 500 === 499) await pool.query('analyze');
          const escenario = new Escenario(pool, carril, i, crearAzar(semilla + i));
          const faltas = await escenario.correr();
          for (const [clave, n] of Object.entries(escenario.cifras)) cifras[clave] = (cifras[clave] ?? 0) + n;
          assert.deepEqual(
            faltas,
            [],
            `semilla ${semilla}, escenario ${i}:\n${escenario.bitacora.join('\n')}`,
          );
        }
      }),
    );
    t.diagnostic(JSON.stringify(cifras));
    const { rows } = await pool.query<{ deadlocks: number }>(
      'select deadlocks::int from pg_stat_database where datname = current_database()',
    );
    assert.equal(rows[0]?.deadlocks, 0, 'hubo interbloqueos');
    assert.ok(
      (cifras['guardada'] ?? 0) > CUANTOS / 3 && (cifras['descartada'] ?? 0) > 50,
      'se ejercitó poco',
    );
  });
});

/** Una conversación: pasos al azar, de a uno o varios a la vez, y un libro de lo que salió y cuándo. */
class Escenario {
  readonly bitacora: string[] = [];
  readonly cifras: Record<string, number> = {};
  private readonly pool: pg.Pool;
  private readonly nora: string;
  private readonly numero: string;
  private readonly telefono: string;
  private readonly azar: Azar;
  private contacto: string | null = null;
  private reloj = 0;
  private pensando: { turno: Turno; contexto: Contexto }[] = [];
  private saliendo: { id: string; turno: Turno }[] = [];
  private envios: Envio[] = [];
  private humanos: (Lapso & { epoca: number })[] = [];
  private reaperturas: Lapso[] = [];

  constructor(pool: pg.Pool, carril: number, indice: number, azar: Azar) {
    this.pool = pool;
    this.nora = `n${carril}`;
    this.numero = `+52662000000${carril}`;
    this.telefono = `+52663${String(1_000_000 + indice)}`;
    this.azar = azar;
  }

  async correr(): Promise<string[]> {
    await this.dar('entra');
    const pasos = Array.from({ length: this.azar.entero(5, 12) }, () => this.siguiente());
    while (pasos.length > 0) {
      const aLaVez = pasos.splice(0, this.azar.menorQue(0.45) ? this.azar.entero(2, CONEXIONES) : 1);
      await Promise.all(aLaVez.map((p) => this.dar(p)));
    }
    await this.drenar();
    return this.revisar();
  }

  private siguiente(): Paso {
    return this.azar.elegir<Paso>([
      ...(['entra', 'entra', 'piensa', 'piensa', 'piensa', 'guarda', 'guarda', 'guarda'] as const),
      ...(['sale', 'sale', 'sale', 'acepta', 'acepta', 'rechaza', 'humano', 'humano'] as const),
      ...(['toma', 'devuelve', 'devuelve', 'apaga', 'enciende'] as const),
    ]);
  }

  private async dar(paso: Paso): Promise<void> {
    const lapso = { desde: ++this.reloj, hasta: 0 };
    const resultado = await this[paso](lapso);
    lapso.hasta = ++this.reloj;
    const clave = typeof resultado === 'string' ? resultado : paso;
    this.cifras[clave] = (this.cifras[clave] ?? 0) + 1;
    this.bitacora.push(`${lapso.desde}-${lapso.hasta} ${paso} ${JSON.stringify(resultado ?? null)}`);
  }

  async entra(): Promise<unknown> {
    const p = [
      {
        sid: `SM${randomUUID().replaceAll('-', '')}`,
        to: this.numero,
        telefono: this.telefono,
        cuerpo: 'hola',
      },
    ];
    for (;;) {
      const r = await this.pedir<{ r: string; c: string }[]>('select recibir_mensajes($1, 0, false) r', [
        JSON.stringify(p),
      ]);
      if (r[0]?.r === 'ocupado') continue;
      this.contacto ??= r[0]?.c ?? null;
      return r[0]?.r;
    }
  }

  async piensa(): Promise<unknown> {
    const turno = await this.reclamar('respuesta');
    if (!turno) return 'sin_turno';
    const contexto = await this.pedir<Contexto>('select contexto_rafaga($1) r', [turno.contacto_id]);
    if (!contexto.pendiente || contexto.rafaga.length === 0) {
      return this.pedir('select terminar_turno($1, $2, $3, $4) r', [
        turno.contacto_id,
        'respuesta',
        turno.arrendado_por,
        turno.vuelta,
      ]);
    }
    this.pensando.push({ turno, contexto });
    return 'pensando';
  }

  async guarda(): Promise<unknown> {
    const pensado = this.pensando.shift();
    if (!pensado) return 'nada_que_guardar';
    const { turno, contexto } = pensado;
    const calla = contexto.silencio !== null;
    const r = await this.pedir<{ r: string }>('select cerrar_rafaga($1) r', [
      {
        contacto: turno.contacto_id,
        ficha: turno.arrendado_por,
        epoca: contexto.epoca,
        resultado: calla ? 'silencio' : 'respondida',
        motivo: contexto.silencio ?? 'respondida',
        mensajes: calla ? [] : [{ texto: 'respuesta', autor: 'ia' }],
        exige: calla ? 'nada' : 'ia',
      },
    ]);
    return r.r;
  }

  async sale(lapso: Lapso): Promise<unknown> {
    const turno = await this.reclamar('salida');
    if (!turno) return 'sin_turno';
    return this.sacar(turno, lapso);
  }

  private async sacar(turno: Turno, lapso: Lapso): Promise<string> {
    const s = await this.pedir<{ r: string; id: string; autor: string; epoca: number }>(
      'select siguiente_envio($1, $2, 45000) r',
      [turno.contacto_id, turno.arrendado_por],
    );
    if (s.r === 'envia') {
      this.envios.push(Object.assign(lapso, { id: s.id, autor: s.autor, epoca: s.epoca }));
      this.saliendo.push({ id: s.id, turno });
    } else if (s.r === 'vacio') {
      await this.pedir('select terminar_turno($1, $2, $3, $4) r', [
        turno.contacto_id,
        'salida',
        turno.arrendado_por,
        turno.vuelta,
      ]);
    } else {
      await this.soltar(turno);
    }
    return s.r;
  }

  async acepta(): Promise<unknown> {
    const s = this.saliendo.shift();
    if (!s) return 'nada_que_aceptar';
    await this.pedir('select envio_aceptado($1, $2) r', [s.id, `SM${randomUUID().replaceAll('-', '')}`]);
    await this.soltar(s.turno);
    return 'aceptado';
  }

  /** Twilio dijo 429: se intentará otra vez más tarde. */
  async rechaza(): Promise<unknown> {
    const s = this.saliendo.shift();
    if (!s) return 'nada_que_rechazar';
    await this.pedir(`select envio_rechazado($1, 'pendiente', 20429, 'prueba') r`, [s.id]);
    await this.soltar(s.turno);
    return 'rechazado';
  }

  async humano(lapso: Lapso): Promise<unknown> {
    const clave = randomUUID();
    const p = { contacto: this.contacto, textos: ['hola, soy persona'], clave, usuario: null };
    const r = await this.comoPanel<{ r: string; ids: string[] }>('enviar_humano($1)', [p]);
    const { rows } = await this.pool.query<{ epoca: number }>(
      'select epoca::int from historial_conversaciones where id = $1',
      [r.ids[0]],
    );
    this.humanos.push(Object.assign(lapso, { epoca: rows[0]?.epoca ?? 0 }));
    return r.r === 'guardado' ? 'humano' : r;
  }

  toma(): Promise<unknown> {
    return this.comoPanel('tomar_contacto($1, null)', [this.contacto]);
  }

  async devuelve(lapso: Lapso): Promise<unknown> {
    this.reaperturas.push(lapso);
    return this.comoPanel('devolver_contacto($1, null)', [this.contacto]);
  }

  apaga(): Promise<unknown> {
    return this.comoPanel('alternar_ia($1, false, null)', [this.contacto]);
  }

  enciende(): Promise<unknown> {
    return this.comoPanel('alternar_ia($1, true, null)', [this.contacto]);
  }

  /** El turno de este contacto: su nora sólo lo tiene a él. Uno de cada seis arriendos nace ya caducado. */
  private async reclamar(carril: string): Promise<Turno | null> {
    const anterior = `${this.nora.slice(0, -1)}${String.fromCharCode(this.nora.charCodeAt(this.nora.length - 1) - 1)}~`;
    const arriendo = this.azar.menorQue(0.16) ? 0 : 45_000;
    const r = await this.pedir<{ t: Turno[] }>('select reclamar_turnos($1, 1, 8, $2, $3, 1) r', [
      carril,
      anterior,
      arriendo,
    ]);
    return r.t[0]?.contacto_id === this.contacto ? (r.t[0] ?? null) : null;
  }

  private soltar(turno: Turno): Promise<unknown> {
    return this.pedir(`select reprogramar_turno($1, 'salida', $2, 0, 'prueba') r`, [
      turno.contacto_id,
      turno.arrendado_por,
    ]);
  }

  /** Termina lo que quedó a medias y trabaja hasta que no haya turnos. */
  private async drenar(): Promise<void> {
    for (let i = 0; i < 60; i++) {
      while (this.saliendo.length > 0) await this.dar(this.azar.menorQue(0.2) ? 'rechaza' : 'acepta');
      while (this.pensando.length > 0) await this.dar('guarda');
      const { rows } = await this.pool.query<{ carril: string }>(
        `update atenciones set vence = clock_timestamp(), arriendo_hasta = null where contacto_id = $1 returning carril`,
        [this.contacto],
      );
      if (rows.length === 0) return;
      for (const { carril } of rows) await this.dar(carril === 'respuesta' ? 'piensa' : 'sale');
    }
  }

  private async revisar(): Promise<string[]> {
    const faltas: string[] = [];
    const { filas, rafagas } = await leerLibro(this.pool, this.contacto);
    const { rows: turnos } = await this.pool.query('select carril from atenciones where contacto_id = $1', [
      this.contacto,
    ]);
    if (turnos.length > 0) faltas.push('quedaron turnos sin terminar');
    for (const f of filas)
      if (/^(pendiente|enviando)$/.test(f.estado)) faltas.push(`${f.autor} se quedó en ${f.estado}`);

    // Nora empezó a salir cuando lo de una persona ya estaba escrito, y nadie se la había devuelto.
    for (const e of this.envios.filter((x) => x.autor === 'ia')) {
      for (const h of this.humanos.filter((x) => x.hasta < e.desde)) {
        const devuelta = this.reaperturas.some((r) => r.hasta > h.desde && r.desde < e.hasta);
        if (e.epoca < h.epoca || !devuelta)
          faltas.push(`Nora salió (${e.desde}) después de una persona (${h.hasta})`);
      }
    }
    const { rows: resueltas } = await this.pool.query<{ id: string; resuelta: number }>(
      'select id, epoca_resuelta::int resuelta from contactos where id = $1',
      [this.contacto],
    );
    if (resueltas[0]) faltas.push(...sinContestar(resueltas[0], filas, rafagas));
    faltas.push(...respuestasDobles(filas, rafagas));
    for (const f of filas) {
      if (f.sid && f.autor !== 'contacto' && !this.envios.some((e) => e.id === f.id))
        faltas.push(`enviada sin salir: ${f.id}`);
    }
    await this.pool.query('delete from contactos where id = $1', [this.contacto]);
    return faltas;
  }

  private async pedir<T>(sql: string, valores: unknown[]): Promise<T> {
    const { rows } = await this.pool.query<{ r: T }>(sql, valores);
    return rows[0]?.r as T;
  }

  /** Una función del panel, con la nora de un JWT: la identidad dura lo que la transacción. */
  private async comoPanel<T>(llamada: string, valores: unknown[]): Promise<T> {
    const c = await this.pool.connect();
    try {
      await c.query('begin');
      await c.query(`select set_config('request.jwt.claims', $1, true)`, [
        JSON.stringify({ role: 'nora_panel', nombre_nora: this.nora }),
      ]);
      const { rows } = await c.query<{ r: T }>(`select ${llamada} r`, valores);
      await c.query('commit');
      return rows[0]?.r as T;
    } catch (error) {
      await c.query('rollback');
      throw error;
    } finally {
      c.release();
    }
  }
}
