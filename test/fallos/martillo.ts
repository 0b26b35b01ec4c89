import { setTimeout as dormir } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { type BaseDeDatos, crearBaseDeDatos } from '../../src/datos/base_de_datos.ts';
import { prepararBase } from '../apoyo/base.ts';
import { crearFalsoOpenai, type FalsoOpenai } from '../apoyo/falso_openai.ts';
import { crearFalsoTwilio, type FalsoTwilio } from '../apoyo/falso_twilio.ts';
import { crearAzar, type Azar } from './azar.ts';
import { arrancarProceso, type EncargoProceso, encargoDe, type Hijo, puertoLibre } from './hijos.ts';
import { type CuentasMartillo, revisarLibro } from './libro.ts';

export interface OpcionesMartillo {
  /** Cuánto dura el martilleo, sin contar arranque ni drenado. */
  segundos: number;
  semilla: number;
  trabajadores?: number;
  webs?: number;
  contactosPorNora?: number;
  /** Ráfagas por segundo, entre todas las noras. */
  rafagasPorSegundo?: number;
  escribir?: (linea: string) => void;
}

export interface ResultadoMartillo extends CuentasMartillo {
  semilla: number;
  segundos: number;
  kills: number;
  congelados: number;
  humanos: number;
  drenadoMs: number;
}

interface Contacto {
  nora: string;
  numero: string;
  telefono: string;
  /** Se conoce cuando ya escribió alguna vez. */
  id: string | null;
}

const NORAS = [
  ['aura', '+526621234567'],
  ['demo', '+526629876543'],
  ['tercera', '+526621239999'],
] as const;
const ARRIENDO_MS = 2000;
const CADA_KILL_MS = 2000;
const PALABRAS =
  'mesa gato lluvia camino verde norte cinco papel fuego barco piedra luna campo reloj sal trigo puente carta nube rama hoja pan vidrio lago monte llave silla tren faro isla'.split(
    ' ',
  );

/**
 * Golpea la tubería de mensajes como lo haría un mal día: trabajadores y procesos web que mueren con kill -9 o se
 * congelan más que su arriendo, mensajes repetidos y en ráfaga, un modelo más lento que el arriendo, envíos que Twilio
 * aceptó sin alcanzar a decirlo, y personas que escriben, toman, devuelven y apagan. Al final drena y compara el libro
 * con lo que se entregó y con lo que Twilio aceptó.
 */
export async function martillar(opciones: OpcionesMartillo): Promise<ResultadoMartillo> {
  const {
    segundos,
    semilla,
    trabajadores = 3,
    webs = 2,
    contactosPorNora = 20,
    rafagasPorSegundo = 14,
  } = opciones;
  const decir = opciones.escribir ?? (() => {});
  const azar = crearAzar(semilla);
  const twilio = await crearFalsoTwilio();
  const openai = await crearFalsoOpenai();
  const entorno = {
    ESPERA_RAFAGA_MS: '250',
    ARRIENDO_MS: String(ARRIENDO_MS),
    TOPE_RESPUESTAS_HORA: '1000',
    TWILIO_ACCOUNT_SID: twilio.cuenta.accountSid,
    TWILIO_AUTH_TOKEN: twilio.cuenta.authToken,
    TWILIO_API_URL: twilio.url,
    OPENAI_API_KEY: openai.apiKey,
    OPENAI_BASE_URL: openai.url,
    OPENAI_MODELO: openai.modelo,
  };
  const base = await prepararBase(entorno);
  const bd = await crearBaseDeDatos(base.config, pino({ level: 'silent' }));
  const escena = await montarEscena(bd, contactosPorNora);
  const clima: Clima = { malo: true };
  estropear(twilio, openai, azar, clima);

  const puertos = await Promise.all(Array.from({ length: webs }, puertoLibre));
  const urls = puertos.map((p) => `http://127.0.0.1:${p}`);
  const publica = urls[0] ?? '';
  const encargos: EncargoProceso[] = [
    ...puertos.map((puerto) => encargoDe(base, 'web', entorno, publica, puerto)),
    ...Array.from({ length: trabajadores }, () => encargoDe(base, 'trabajos', entorno, publica)),
  ];
  const hijos: Hijo[] = [];
  for (const encargo of encargos) hijos.push(arrancarProceso(encargo));
  await Promise.all(hijos.map((h) => h.listo));
  decir(`martillo: ${webs} web + ${trabajadores} trabajadores, semilla ${semilla}, ${segundos} s`);

  const entregados = new Set<string>();
  const claves = new Set<string>();
  const enCurso = new Set<Promise<unknown>>();
  const lanzar = (p: Promise<unknown>) => {
    const q = p.finally(() => enCurso.delete(q));
    q.catch(() => undefined);
    enCurso.add(q);
  };
  const control = { sigue: true, kills: 0, congelados: 0 };
  const fin = Date.now() + segundos * 1000;

  const matanza = (async () => {
    for (let ronda = 1; ; ronda++) {
      await dormir(CADA_KILL_MS + azar.entero(0, 300));
      if (Date.now() > fin) return;
      // Uno de cada cuatro golpes va a un proceso web; los demás, a un trabajador.
      const i = ronda % 4 === 0 ? azar.entero(0, webs - 1) : webs + azar.entero(0, trabajadores - 1);
      const victima = hijos[i];
      const encargo = encargos[i];
      if (!victima || !encargo) continue;
      if (encargo.rol === 'trabajos' && azar.menorQue(0.2)) {
        control.congelados++;
        lanzar(victima.congelar(ARRIENDO_MS * 1.8));
        continue;
      }
      await victima.matar();
      control.kills++;
      const repuesto = arrancarProceso(encargo);
      hijos[i] = repuesto;
      lanzar(repuesto.listo);
    }
  })();

  const publicacion = (async () => {
    while (Date.now() < fin) {
      await dormir(1000 / rafagasPorSegundo);
      // Twilio no deja de insistir; aquí tampoco, hasta que alguien conteste 200.
      lanzar(publicarRafaga(twilio, urls, publica, azar.elegir(escena), azar, entregados));
      if (enCurso.size > 400) await Promise.race(enCurso);
    }
  })();

  const personas = (async () => {
    while (Date.now() < fin) {
      await dormir(160);
      await identificar(bd, escena);
      const conocidos = escena.filter((c) => c.id !== null);
      if (conocidos.length === 0) continue;
      const contacto = azar.elegir(conocidos);
      lanzar(intervenir(bd, contacto, contacto.id ?? '', azar, claves));
    }
  })();

  const avisos = (async () => {
    for (let visto = 0; control.sigue; ) {
      await dormir(200);
      // Los avisos de estado llegan repetidos y antes que la respuesta de la API.
      for (const m of twilio.enviados.slice(visto)) {
        if (azar.menorQue(0.5)) lanzar(avisarEstados(twilio, m.sid, azar));
      }
      visto = twilio.enviados.length;
    }
  })();

  await Promise.all([matanza, publicacion, personas]);
  const inicioDrenado = Date.now();
  decir(`martillo: ${entregados.size} mensajes, ${control.kills} kills; drenando`);
  while (enCurso.size > 0) await Promise.race(enCurso);
  clima.malo = false;
  await drenar(bd, decir);
  control.sigue = false;
  await avisos;
  while (enCurso.size > 0) await Promise.race(enCurso);
  const drenadoMs = Date.now() - inicioDrenado;
  await Promise.all(hijos.map((h) => h.matar()));

  const cuentas = await revisarLibro(bd.pool, { entregados, claves, enviados: twilio.enviados });
  const resultado: ResultadoMartillo = {
    semilla,
    segundos,
    kills: control.kills,
    congelados: control.congelados,
    humanos: claves.size,
    drenadoMs,
    ...cuentas,
  };
  await bd.cerrar();
  await base.cerrar();
  await twilio.cerrar();
  await openai.cerrar();
  return resultado;
}

async function montarEscena(bd: BaseDeDatos, porNora: number): Promise<Contacto[]> {
  const escena: Contacto[] = [];
  for (const [i, [nora, numero]] of NORAS.entries()) {
    const p = {
      nombre_nora: nora,
      nombre_visible: nora.toUpperCase(),
      numero_nora: numero,
      modulos: ['chat', 'ia'],
    };
    await bd.servicio.rpc('crear_nora', { p: p as never }).throwOnError();
    for (let c = 0; c < porNora; c++) {
      escena.push({ nora, numero, telefono: `+52662${i}${String(100_000 + c)}`, id: null });
    }
  }
  return escena;
}

interface Clima {
  malo: boolean;
}

/** Los proveedores de un mal día. Ninguna regla se agota; con `clima.malo` en falso dejan de fallar. */
function estropear(twilio: FalsoTwilio, openai: FalsoOpenai, azar: Azar, clima: Clima): void {
  const siempre = { veces: Number.POSITIVE_INFINITY };
  const toca = (probabilidad: number) => clima.malo && azar.menorQue(probabilidad);
  twilio.programar({ ...siempre, si: () => toca(0.05), cortar: 'despues' });
  twilio.programar({ ...siempre, si: () => toca(0.03), aceptarYContestar: 502 });
  twilio.programar({ ...siempre, si: () => toca(0.06), codigo: 20429, http: 429, retryAfter: 1 });
  twilio.programar({ ...siempre, si: () => toca(0.01), cortar: 'antes' });
  twilio.programar({ ...siempre, si: () => toca(0.02), tardarMs: ARRIENDO_MS * 1.3 });
  twilio.programar({ ...siempre, si: () => toca(0.3), tardarMs: 120 });
  openai.programar({ ...siempre, si: () => toca(0.02), error: { http: 500 } });
  openai.responderCon(async () => {
    await dormir(toca(0.06) ? ARRIENDO_MS * 1.5 : azar.entero(30, 350));
    const accion = azar.menorQue(0.05) ? 'pasar_a_humano' : 'responder';
    return { respuesta: `respuesta ${randomBytes(6).toString('hex')}`, citas: [], accion };
  });
}

async function publicarRafaga(
  twilio: FalsoTwilio,
  urls: string[],
  publica: string,
  contacto: Contacto,
  azar: Azar,
  entregados: Set<string>,
): Promise<void> {
  const cuantos = azar.menorQue(0.5) ? 1 : azar.entero(2, 6);
  const envios: Promise<void>[] = [];
  for (let i = 0; i < cuantos; i++) {
    const mensaje = {
      sid: `SM${randomBytes(16).toString('hex')}`,
      de: contacto.telefono,
      para: contacto.numero,
      cuerpo: Array.from({ length: 5 }, () => azar.elegir(PALABRAS)).join(' '),
    };
    entregados.add(mensaje.sid);
    const copias = azar.menorQue(0.15) ? 2 : 1;
    for (let c = 0; c < copias; c++) envios.push(entregarHastaQueSe(twilio, urls, publica, mensaje, azar));
    await dormir(azar.entero(0, 120));
  }
  await Promise.all(envios);
}

async function entregarHastaQueSe(
  twilio: FalsoTwilio,
  urls: string[],
  publica: string,
  mensaje: { sid: string; de: string; para: string; cuerpo: string },
  azar: Azar,
): Promise<void> {
  const urlFirma = `${publica}/webhook`;
  for (;;) {
    try {
      const r = await twilio.entregar(`${azar.elegir(urls)}/webhook`, { ...mensaje, urlFirma });
      await r.arrayBuffer();
      if (r.status === 200) return;
    } catch {
      // El proceso murió o aún no abre el puerto.
    }
    await dormir(300);
  }
}

/** Apunta el id de quienes ya escribieron. */
async function identificar(bd: BaseDeDatos, escena: Contacto[]): Promise<void> {
  if (escena.every((c) => c.id !== null)) return;
  const { rows } = await bd.pool.query<{ id: string; telefono: string }>(
    'select id, telefono from contactos',
  );
  const ids = new Map(rows.map((f) => [f.telefono, f.id]));
  for (const c of escena) c.id ??= ids.get(c.telefono) ?? null;
}

/** Una persona del equipo, por las mismas funciones que usa el panel. */
async function intervenir(
  bd: BaseDeDatos,
  contacto: Contacto,
  id: string,
  azar: Azar,
  claves: Set<string>,
): Promise<void> {
  const nora = bd.deNora(contacto.nora);
  const quien = { p_contacto: id, p_usuario: null as never };
  const dado = azar.entero(0, 99);
  if (dado < 30) {
    const clave = randomBytes(12).toString('hex');
    claves.add(clave);
    const p = { contacto: id, textos: [`humano ${clave}`], clave, usuario: null };
    const repetir = azar.menorQue(0.3) ? 3 : 1;
    await Promise.all(
      Array.from({ length: repetir }, () => nora.rpc('enviar_humano', { p: p as never }).throwOnError()),
    );
    bd.avisar('atenciones');
  } else if (dado < 38) {
    await nora.rpc('tomar_contacto', quien).throwOnError();
  } else if (dado < 88) {
    await nora.rpc('devolver_contacto', quien).throwOnError();
  } else {
    await nora.rpc('alternar_ia', { ...quien, p_activa: azar.menorQue(0.75) }).throwOnError();
  }
}

async function avisarEstados(twilio: FalsoTwilio, sid: string, azar: Azar): Promise<void> {
  for (const estado of azar.menorQue(0.3) ? ['delivered', 'sent', 'sent'] : ['sent', 'delivered']) {
    await twilio.mandarEstado(sid, estado).catch(() => undefined);
  }
}

/** Ningún envío en curso dura más que esto: lo que lleve más en 'enviando' es de un proceso muerto. */
const ENVIO_MAS_LARGO_MS = ARRIENDO_MS * 3;

/**
 * Espera a que no quede trabajo. Lo que un proceso muerto dejó en 'enviando' espera 20 s antes de declararse incierto, y
 * un 429 espera su turno: aquí se adelantan esos relojes, cuando ya nadie puede estar en medio del envío.
 */
async function drenar(bd: BaseDeDatos, decir: (linea: string) => void): Promise<void> {
  const inicio = Date.now();
  for (;;) {
    const { rows } = await bd.pool.query<{ n: number }>('select count(*)::int n from atenciones');
    const quedan = rows[0]?.n ?? 0;
    if (quedan === 0) return;
    const lleva = Date.now() - inicio;
    if (lleva > 90_000) return decir(`martillo: NO DRENÓ, quedan ${quedan} turnos`);
    if (lleva > ENVIO_MAS_LARGO_MS) {
      await bd.pool.query(
        `update historial_conversaciones set estado_en = clock_timestamp() - interval '30 seconds'
          where estado = 'enviando' and estado_en between clock_timestamp() - interval '30 seconds' and clock_timestamp() - make_interval(secs => $1)`,
        [ENVIO_MAS_LARGO_MS / 1000],
      );
      await bd.pool.query('update atenciones set vence = clock_timestamp() where vence > clock_timestamp()');
    }
    await dormir(250);
  }
}

/** Las cifras, en un renglón por dato. */
export function presentarMartillo(r: ResultadoMartillo): string {
  const nombre: Record<string, string> = {
    sinContestar: 'sin contestar',
    respuestasDobles: 'respuestas dobles',
    enviosDobles: 'envíos dobles',
    iaDespuesDeHumano: 'IA después de humano',
    drenadoMs: 'drenado (ms)',
  };
  return Object.entries(r)
    .filter(([clave]) => clave !== 'muestras')
    .map(
      ([clave, valor]) =>
        `  ${(nombre[clave] ?? clave).padEnd(22)} ${typeof valor === 'object' ? JSON.stringify(valor) : String(valor)}`,
    )
    .concat(r.muestras.map((m) => `  ! ${m}`))
    .join('\n');
}

if (process.argv[1] === import.meta.filename) {
  const segundos = Number(process.argv[2] ?? 60);
  const semilla = Number(process.argv[3] ?? Date.now() % 1_000_000);
  const r = await martillar({ segundos, semilla, escribir: (l) => process.stdout.write(`${l}\n`) });
  process.stdout.write(`${presentarMartillo(r)}\n`);
  process.exitCode = r.muestras.length > 0 ? 1 : 0;
}
