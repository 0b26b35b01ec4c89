import { setTimeout as dormir } from 'node:timers/promises';
import type { PeticionAbonados, ResultadoVivo } from './abonados.ts';
import type { Banco, ServidorNora } from './banco.ts';
import { abrirHijo, type Hijo } from './canal.ts';
import { mediana, resumir } from './estadistica.ts';
import type { PeticionGenerador, ResultadoCarga } from './generador.ts';
import type { Cuenta } from './mensajes.ts';
import { entrar, type Navegador } from './navegador.ts';
import type { PeticionProveedores, ResultadoRespuesta } from './proveedores.ts';
import { GRANDE, PALABRA_COMUN, PALABRA_RARA, tamanoDeLaGrande } from './siembra.ts';
import type { Renglon } from './tabla.ts';

export type Proveedores = Hijo<PeticionProveedores, ResultadoRespuesta & number>;
type Generador = Hijo<PeticionGenerador, ResultadoCarga & number>;
type Abonados = Hijo<PeticionAbonados, ResultadoVivo & number>;

/** Noras que reciben la carga y personas que escriben. */
export const NORAS = 50;
const PERSONAS = 5000;
/** Con más peticiones en el aire los grupos salen más llenos y cada mensaje cuesta menos; con pocas también, para comparar. */
const CONEXIONES = 128;
const POCAS = 64;

const ms = (n: number): string => `${n < 10 ? n.toFixed(1) : Math.round(n)} ms`;
const porSegundo = (n: number): string => `${Math.round(n).toLocaleString('es-MX')}/s`;

/** Vueltas que no se cuentan: hasta ahí baja lo que cuesta cada mensaje, mientras V8 compila y la base arma sus planes. */
const VUELTAS_DE_CALENTAR = 6;
const VUELTAS = 5;

/** Lo que ya se recibió no empieza a contestarse a media medición: la ráfaga más larga que se puede pedir son sesenta segundos. */
export const aplazarTurnos = (banco: Banco): Promise<unknown> =>
  banco.sql(
    "update atenciones set vence = now() + interval '1 hour' where vence < now() + interval '30 minutes'",
  );

/** Lo más que entra: Nora contra un servidor desnudo, alternados en la misma corrida. */
export async function medirEntrada(banco: Banco, nora: ServidorNora, cuenta: Cuenta): Promise<Renglon[]> {
  const desnudo = abrirHijo<{ token: string }, number>('desnudo.ts');
  const generador = abrirHijo<PeticionGenerador, ResultadoCarga & number>('generador.ts') as Generador;
  const con: ResultadoCarga[] = [];
  const sin: ResultadoCarga[] = [];
  const conPocas: ResultadoCarga[] = [];
  try {
    const puertoDesnudo = await desnudo.pedir({ token: cuenta.authToken });
    for (let vuelta = 0; vuelta < VUELTAS_DE_CALENTAR + VUELTAS; vuelta++) {
      await aplazarTurnos(banco);
      for (const [puerto, lista, conexiones] of [
        [puertoDesnudo, sin, CONEXIONES],
        [nora.puerto, con, CONEXIONES],
        [nora.puerto, conPocas, POCAS],
      ] as const) {
        await preparar(generador, puerto, cuenta, 30_000);
        const r = await generador.pedir({ tipo: 'cerrado', conexiones, ms: 2000 });
        lista.push(r);
        await dormir(300);
      }
    }
  } finally {
    await generador.parar();
    await desnudo.parar();
  }
  const fallas = con.reduce((n, r) => n + r.fallas, 0);
  const [primera] = con;
  con.splice(0, VUELTAS_DE_CALENTAR);
  sin.splice(0, VUELTAS_DE_CALENTAR);
  conPocas.splice(0, VUELTAS_DE_CALENTAR);
  const suyo = mediana(con.map((r) => r.porSegundo));
  const vara = mediana(sin.map((r) => r.porSegundo));
  const parte = mediana(con.map((r, i) => r.porSegundo / (sin[i]?.porSegundo || 1)));
  return [
    {
      que: `Webhooks stored and acknowledged, ${CONEXIONES} connections (median of ${con.length}, warm)`,
      resultado: `${porSegundo(suyo)}, p50 ${ms(mediana(con.map((r) => r.p50)))}, p99 ${ms(mediana(con.map((r) => r.p99)))}${fallas ? `, ${fallas} failed` : ''}`,
      meta: '≥ 2,500/s',
      cumple: suyo >= 2500 && fallas === 0,
    },
    {
      que: `The same with ${POCAS} connections`,
      resultado: `${porSegundo(mediana(conPocas.map((r) => r.porSegundo)))}, p50 ${ms(mediana(conPocas.map((r) => r.p50)))}, p99 ${ms(mediana(conPocas.map((r) => r.p99)))}`,
    },
    {
      que: 'The same in the first two seconds of the process, most contacts still to be created',
      resultado: `${porSegundo(primera?.porSegundo ?? 0)}, p50 ${ms(primera?.p50 ?? 0)}, p99 ${ms(primera?.p99 ?? 0)}`,
    },
    {
      que: 'Bare Express with signature check, alternated',
      resultado: `${porSegundo(vara)}, p50 ${ms(mediana(sin.map((r) => r.p50)))}, p99 ${ms(mediana(sin.map((r) => r.p99)))}`,
    },
    {
      que: 'Share of the bare server (median of ratios)',
      resultado: `${Math.round(parte * 100)} %`,
      meta: '≥ 30 %',
      cumple: parte >= 0.3,
    },
  ];
}

/** Paso fijo: lo que espera Twilio cuando no hay prisa. */
export async function medirRitmo(
  nora: ServidorNora,
  cuenta: Cuenta,
  nombre: string,
  meta = true,
): Promise<Renglon> {
  const generador = abrirHijo<PeticionGenerador, ResultadoCarga & number>('generador.ts') as Generador;
  try {
    await preparar(generador, nora.puerto, cuenta, 8000);
    await generador.pedir({ tipo: 'ritmo', porSegundo: 500, ms: 1500 });
    const tramos: ResultadoCarga[] = [];
    for (let i = 0; i < 3; i++)
      tramos.push(await generador.pedir({ tipo: 'ritmo', porSegundo: 500, ms: 4000 }));
    const p99 = mediana(tramos.map((t) => t.p99));
    const fallas = tramos.reduce((n, t) => n + t.fallas, 0);
    return {
      que: nombre,
      resultado: `p50 ${ms(mediana(tramos.map((t) => t.p50)))}, p99 ${ms(p99)} (${tramos.map((t) => ms(t.p99)).join(', ')})${fallas ? `, ${fallas} failed` : ''}`,
      ...(meta && { meta: 'p99 < 50 ms', cumple: p99 < 50 && fallas === 0 }),
    };
  } finally {
    await generador.parar();
  }
}

async function preparar(
  generador: Generador,
  puerto: number,
  cuenta: Cuenta,
  cuantas: number,
): Promise<void> {
  await generador.pedir({ tipo: 'prepara', puerto, cuenta, cuantas, noras: NORAS, personas: PERSONAS });
}

/** De que sale el webhook a que cada navegador conectado lo oye. */
export async function medirVivo(
  nora: ServidorNora,
  cuenta: Cuenta,
  navegador: Navegador,
): Promise<Renglon[]> {
  const renglones: Renglon[] = [];
  for (const [que, noras, vueltas, cadaMs] of [
    ['Webhook to browser, 2,000 sockets over 50 noras', NORAS, 4, 25],
    ['Webhook to browser, all 2,000 sockets in one nora', 1, 20, 300],
  ] as const) {
    const abonados = abrirHijo<PeticionAbonados, ResultadoVivo & number>('abonados.ts') as Abonados;
    try {
      const salas = Array.from({ length: noras }, (_, i) => ({
        nombre: `carga-${i}`,
        sockets: 2000 / noras,
      }));
      await abonados.pedir({ tipo: 'conectar', puerto: nora.puerto, cookie: navegador.cookie, noras: salas });
      const cuales = salas.map((_, i) => i);
      // Recién arrancado el proceso tarda seis veces más: lo que se anuncia no debe depender de qué se midió antes.
      await abonados.pedir({ tipo: 'medir', cuenta, noras: cuales, vueltas: 8, cadaMs });
      const r = await abonados.pedir({ tipo: 'medir', cuenta, noras: cuales, vueltas, cadaMs });
      renglones.push({
        que,
        resultado: `p50 ${ms(r.p50)}, p99 ${ms(r.p99)} (${r.n.toLocaleString('es-MX')} signals${r.perdidos ? `, ${r.perdidos} lost` : ''})`,
        meta: 'p50 < 30 ms',
        cumple: r.p50 < 30 && r.perdidos === 0 && r.n > 0,
      });
    } finally {
      await abonados.parar();
    }
    await dormir(500);
  }
  return renglones;
}

/** De que sale el webhook a que Twilio recibe la respuesta, sin espera de ráfaga y con un modelo que no tarda. */
export async function medirRespuesta(
  nora: ServidorNora,
  cuenta: Cuenta,
  proveedores: Proveedores,
): Promise<Renglon> {
  const medir = (cuantas: number, desdePersona: number): Promise<ResultadoRespuesta> =>
    proveedores.pedir({
      tipo: 'medir',
      puerto: nora.puerto,
      cuenta,
      cuantas,
      cadaMs: 50,
      noras: NORAS,
      desdePersona,
    });
  await medir(40, 700_000);
  const r = await medir(160, 800_000);
  return {
    que: 'Webhook to reply at Twilio, 0 ms model, 20/s',
    resultado: `p50 ${ms(r.p50)}, p99 ${ms(r.p99)}${r.sinRespuesta ? `, ${r.sinRespuesta} unanswered` : ''}`,
    cumple: r.sinRespuesta === 0 ? null : false,
  };
}

/** Páginas completas por HTTP en la nora grande, una tras otra y mezcladas. */
export async function medirPaginas(banco: Banco, navegador: Navegador): Promise<Renglon[]> {
  const contactos = await banco.sql<{ id: string; nombre: string; telefono: string }>(
    'select id, nombre, telefono from contactos where nombre_nora = $1 order by md5(id::text) limit 60',
    [GRANDE],
  );
  const base = `/panel_cliente/${GRANDE}`;
  const buscar = (q: string): string => `${base}/chat?${new URLSearchParams({ q })}`;
  const uno = (i: number) => contactos[i % contactos.length] ?? { id: '', nombre: '', telefono: '' };
  const paginas: [string, (i: number) => string, boolean][] = [
    ['Chat list', () => `${base}/chat`, true],
    ['Thread', (i) => `${base}/chat/${uno(i).id}`, true],
    ['Chat list, unread', () => `${base}/chat?filtro=sin_leer`, false],
    ['Home', () => base, true],
    ['Search by full name', (i) => buscar(uno(i).nombre), true],
    ['Search by a common name (“maría”)', () => buscar('maría'), false],
    ['Search by phone', (i) => buscar(uno(i).telefono.slice(-7)), true],
    [`Search for a rare word (“${PALABRA_RARA}”)`, () => buscar(PALABRA_RARA), true],
    [`Search for a very common word (“${PALABRA_COMUN}”)`, () => buscar(PALABRA_COMUN), false],
  ];
  const tiempos = paginas.map((): number[] => []);
  for (let i = 0; i < 42; i++) {
    for (const [j, [que, ruta]] of paginas.entries()) {
      const r = await navegador.pedir(ruta(i));
      if (r.estado !== 200) throw new Error(`${que}: contestó ${r.estado}`);
      if (i >= 2) tiempos[j]?.push(r.ms);
    }
  }
  const n = await tamanoDeLaGrande(banco);
  return paginas.map(([que, , conMeta], j) => {
    const r = resumir(tiempos[j] ?? []);
    return {
      que: `${que}, ${n.contactos} contacts and ${n.mensajes} messages`,
      resultado: `p50 ${ms(r.p50)}, p95 ${ms(r.p95)}`,
      ...(conMeta && { meta: 'p95 < 60 ms', cumple: r.p95 < 60 }),
    };
  });
}

/** La misma página en dos servidores, uno con 10 noras y otro con 10,000, una petición y una. */
export async function medirRegistro(chico: ServidorNora, enorme: ServidorNora): Promise<Renglon[]> {
  const a = await entrar(chico.url);
  const b = await entrar(enorme.url);
  const ruta = (i: number): string => `/panel_cliente/carga-${i}/chat`;
  const tiempos = { a: [] as number[], b: [] as number[], todas: [] as number[] };
  try {
    for (let i = 0; i < 330; i++) {
      const [uno, otro] = i % 2 ? [a, b] : [b, a];
      const primero = (await uno.pedir(ruta(i % 10))).ms;
      const segundo = (await otro.pedir(ruta(i % 10))).ms;
      const lejos = (await b.pedir(ruta(100 + i * 29))).ms;
      if (i < 30) continue;
      tiempos.a.push(i % 2 ? primero : segundo);
      tiempos.b.push(i % 2 ? segundo : primero);
      tiempos.todas.push(lejos);
    }
  } finally {
    a.cerrar();
    b.cerrar();
  }
  const [ma, mb, mt] = [mediana(tiempos.a), mediana(tiempos.b), mediana(tiempos.todas)];
  const diferencia = (mb / ma - 1) * 100;
  return [
    {
      que: 'Request cost with 10 noras and with 10,000 (alternated, medians)',
      resultado: `${ms(ma)} and ${ms(mb)}: ${diferencia >= 0 ? '+' : ''}${diferencia.toFixed(1)} %`,
      meta: '< 10 %',
      cumple: Math.abs(diferencia) < 10 || mb < ma,
    },
    {
      que: 'That request, each time to another of the 10,000 noras (first visit)',
      resultado: ms(mt),
    },
  ];
}

/** Arranques en frío, con PostgreSQL también apagado. */
export async function medirArranque(banco: Banco): Promise<Renglon> {
  const tiempos: number[] = [];
  for (let i = 0; i < 3; i++) {
    await banco.apagar();
    const nora = await banco.arrancar();
    tiempos.push(nora.arranqueMs);
    await nora.parar();
  }
  const medio = mediana(tiempos);
  return {
    que: 'Boot with 10,000 noras to /salud, PostgreSQL included (median of 3)',
    resultado: `${(medio / 1000).toFixed(2)} s`,
    meta: '< 3 s',
    cumple: medio < 3000,
  };
}
