import type { Config } from '../../config.ts';
import type { BloqueVisto, Ensayo } from '../../ia/ensayo.ts';
import { DIAS, type Dia, describirHorario, leerHorario } from '../../ia/horario.ts';
import { costoDe } from '../../ia/precios.ts';
import type { Falla } from '../../ia/pruebas.ts';
import * as fechas from '../../web/fechas.ts';
import type {
  Ajustes,
  Corrida,
  CorridaAbierta,
  Costos,
  FilaAuditoria,
  PruebaListada,
  Resultado,
} from './consultas.ts';
import type { ConsultaAuditoria } from './esquemas.ts';

/** Lo que presentar necesita saber de la petición. */
export interface Entorno {
  base: string;
  zona: string;
  /** Dirección del chat de la nora; vacía si no lo tiene. */
  chat: string;
  conocimiento: string;
  /** El modelo de la plataforma, o null si contesta el modo local. */
  modelo: string | null;
  precios: Config['ia']['precios'];
}

export const NOMBRE_DIA: Record<Dia, string> = {
  lun: 'Lunes',
  mar: 'Martes',
  mie: 'Miércoles',
  jue: 'Jueves',
  vie: 'Viernes',
  sab: 'Sábado',
  dom: 'Domingo',
};

/** Las páginas del módulo, para sus pestañas. */
export function pestanas(base: string, actual: string) {
  return [
    ['ajustes', '', 'Ajustes'],
    ['probador', '/probador', 'Probador'],
    ['pruebas', '/pruebas', 'Pruebas'],
    ['auditoria', '/auditoria', 'Respuestas'],
    ['costos', '/costos', 'Costo'],
  ].map(([clave, ruta, texto]) => ({ texto, ruta: `${base}${ruta}`, actual: clave === actual }));
}

/** Valores del formulario de ajustes como los escribe una persona. */
export function valoresAjustes(a: Ajustes) {
  return {
    personalidad: a.personalidad ?? '',
    instrucciones: a.instrucciones ?? '',
    modo_respuesta: a.modo_respuesta,
    modelo_ia: a.modelo_ia ?? '',
    palabras_pase: a.palabras_pase.join(', '),
    mensaje_fuera_de_tema: a.mensaje_fuera_de_tema ?? '',
    reanudar_ia_horas: String(a.reanudar_ia_horas),
    huella: a.huella,
  };
}

/** El horario como renglones de formulario. */
export function valoresHorario(horario: unknown, errores: Record<string, string> = {}) {
  const leido = leerHorario(horario);
  return {
    definido: leido !== null,
    descripcion: describirHorario(horario),
    dias: DIAS.map((dia) => ({
      dia,
      nombre: NOMBRE_DIA[dia],
      error: errores[dia] ?? '',
      tramos: [0, 1].map((n) => {
        const [abre = '', cierra = ''] = leido?.[dia]?.[n] ?? [];
        return { abre, cierra };
      }),
    })),
  };
}

/** Lo mismo a partir de lo que se escribió, cuando no se pudo guardar. */
export function horarioEscrito(campos: Record<string, string>, errores: Record<string, string>) {
  const vacio = valoresHorario({}, errores);
  return {
    ...vacio,
    definido: campos['definido'] === 'si',
    dias: vacio.dias.map((d) => ({
      ...d,
      tramos: [1, 2].map((n) => ({
        abre: campos[`${d.dia}_${n}_abre`] ?? '',
        cierra: campos[`${d.dia}_${n}_cierra`] ?? '',
      })),
    })),
  };
}

/** Los modelos que se pueden elegir, con su precio. */
export function opcionesModelo(e: Entorno, elegido: string) {
  const nombres = new Set([...Object.keys(e.precios), ...(elegido ? [elegido] : [])]);
  return [...nombres].map((nombre) => {
    const precio = e.precios[nombre];
    return {
      nombre,
      texto: precio ? `${nombre} · ${dolares(precio.entrada)} / ${dolares(precio.salida)}` : nombre,
    };
  });
}

const MOTIVOS: Record<string, { texto: string; tono: string }> = {
  respondida: { texto: 'Contestó', tono: 'verde' },
  sin_evidencia: { texto: 'No supo', tono: 'ambar' },
  pasada_a_humano: { texto: 'Pasó a una persona', tono: 'azul' },
  descartada: { texto: 'Descartada', tono: '' },
  error: { texto: 'Falló', tono: 'rojo' },
};
export const OPCIONES_MOTIVO = Object.entries(MOTIVOS).map(([clave, { texto }]) => ({ clave, texto }));

const RESULTADOS: Record<string, { texto: string; tono: string }> = {
  respondida: { texto: 'Contesta ella', tono: 'verde' },
  regla: { texto: 'Contesta una regla', tono: 'azul' },
  bienvenida: { texto: 'Da la bienvenida', tono: 'azul' },
  preferencia: { texto: 'Cambia si acepta envíos', tono: 'azul' },
  pasada_a_humano: { texto: 'Pasa con una persona', tono: 'ambar' },
  silencio: { texto: 'No contesta', tono: '' },
};

const RAZONES: Record<string, string> = {
  sin_evidencia: 'Ningún bloque lo respalda.',
  pidio_persona: 'Pidió hablar con una persona.',
  palabra_pase: 'Dijo una de tus palabras de pase.',
  tope_tokens: 'Se alcanzó el tope de IA de hoy.',
  pasada_a_humano: 'Hace falta una persona.',
  error: 'Falló algo al pensar; pasa con una persona.',
};

/** Lo que pasó con un mensaje del probador. */
export function presentarEnsayo(ensayo: Ensayo, e: Entorno) {
  const { cierre, ia, bloques } = ensayo;
  const { texto, tono } = RESULTADOS[cierre.resultado] ?? { texto: cierre.resultado, tono: '' };
  const citados = bloques.filter((b) => b.citado);
  return {
    titulo: texto,
    tono,
    razon:
      cierre.motivo_espera || RAZONES[cierre.motivo] || (cierre.resultado === 'regla' ? cierre.motivo : ''),
    enviaria: cierre.mensajes.length,
    pausa: Boolean(cierre.pausar),
    bloques: bloques.slice(0, MAXIMO_BLOQUES).map((b) => ({
      ...b,
      titulo: b.titulo || `${b.contenido.slice(0, 57)}…`,
      puntaje: puntajeDe(b),
      ruta: e.conocimiento && `${e.conocimiento}/bloques/${b.id}`,
    })),
    citados: citados.length,
    // Para hacer una prueba de esta misma pregunta.
    citas: citados.map((b) => b.id),
    espera: cierre.pasar ? 'pasa' : cierre.mensajes.length ? 'responde' : 'no_contesta',
    datos: [
      ['Modo', ia ? modoDe(ia.salida.modo, ia.salida.modelo) : 'No hizo falta pensar'],
      ['Tardó', milisegundos(ensayo.latenciaMs)],
      ...(ia
        ? [
            [
              'Contexto',
              `${fechas.numero(ia.tokensPrompt)} tokens (aprox.) en ${fechas.cuantos(ia.mensajesPrompt, 'mensaje', 'mensajes')}`,
            ],
            ['Bloques a la vista', fechas.numero(bloques.length)],
            [
              'Tokens',
              `${fechas.numero(ia.salida.tokens_entrada)} de entrada, ${fechas.numero(ia.salida.tokens_salida)} de salida`,
            ],
            [
              'Costo',
              costoTexto(
                costoDe(e.precios, modeloCobrado(ia.salida, e), {
                  entrada: ia.salida.tokens_entrada,
                  salida: ia.salida.tokens_salida,
                }),
              ),
            ],
            ...(cierre.etiquetas?.length ? [['Etiquetas que pondría', cierre.etiquetas.join(', ')]] : []),
            ...(ia.salida.detalle ? [['Detalle', ia.salida.detalle]] : []),
          ]
        : []),
    ].map(([nombre, valor]) => ({ nombre, valor })),
  };
}

/** Más no caben en el contexto de nadie; la página no necesita más. */
const MAXIMO_BLOQUES = 120;

/** «cubre 80 % · búsqueda 0.42», o vacío si no se parece en nada a la pregunta. */
function puntajeDe({ cobertura, rango }: BloqueVisto): string {
  return [
    cobertura ? `cubre ${Math.round(cobertura * 100)} %` : '',
    rango ? `búsqueda ${rango.toFixed(2)}` : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

const ESPERAS: Record<string, string> = {
  responde: 'Debe contestar',
  pasa: 'Debe pasar con una persona',
  no_contesta: 'No debe contestar',
};

export function presentarPrueba(p: PruebaListada, base: string) {
  const citas = p.citas.map((c) => ({ ...c, titulo: c.falta ? 'un bloque borrado' : c.titulo }));
  return {
    ...p,
    citas,
    ruta: `${base}/pruebas/${p.id}`,
    espera_texto: ESPERAS[p.espera] ?? p.espera,
    condiciones: [
      ...p.contiene.map((c) => `dice «${c.replace(/\s*\|\s*/g, '» o «')}»`),
      ...p.no_contiene.map((c) => `no dice «${c}»`),
      ...citas.map((c) => `cita «${c.titulo}»`),
    ],
    estado: !p.activa
      ? { texto: 'Apagada', tono: '', simbolo: 'pause' }
      : p.paso === null
        ? { texto: 'Sin correr', tono: '', simbolo: 'circle-dashed' }
        : p.paso
          ? { texto: 'Pasa', tono: 'verde', simbolo: 'circle-check' }
          : { texto: 'Falla', tono: 'rojo', simbolo: 'circle-x' },
    fallas: p.activa && p.paso === false ? (p.fallas ?? []) : ([] as Falla[]),
  };
}

/** Una corrida para la lista o su cabecera. */
export function presentarCorrida(c: Corrida, e: Entorno) {
  const andando = c.estado === 'pendiente' || c.estado === 'corriendo';
  return {
    ...c,
    andando: andando && !c.detenida,
    ruta: `${e.base}/pruebas/corridas/${c.id}`,
    cuando: fechas.hace(c.creado, Date.now(), e.zona),
    fallan: c.hechas - c.pasadas,
    titulo: c.con_cambio ? (c.resumen ?? 'Cambio por publicar') : 'Todas las pruebas',
    motivo: c.impedimento ? motivoImpedimento(c.impedimento) : c.error,
    estado_texto: andando
      ? c.detenida
        ? 'Se detuvo'
        : 'Corriendo'
      : c.estado === 'fallida' && c.publicacion !== 'confirmada' && c.publicacion !== 'descartada'
        ? 'No terminó'
        : `${c.pasadas} de ${c.total}`,
    tono: andando ? 'azul' : c.estado === 'fallida' ? 'ambar' : c.pasadas === c.total ? 'verde' : 'rojo',
    destino: c.publicacion && DESTINOS[c.publicacion],
  };
}

const DESTINOS: Record<string, { texto: string; tono: string }> = {
  esperando: { texto: 'Sin publicar', tono: 'ambar' },
  publicada: { texto: 'Publicado', tono: 'verde' },
  confirmada: { texto: 'Publicado aunque rompía', tono: 'ambar' },
  descartada: { texto: 'Descartado', tono: '' },
};

function motivoImpedimento({ motivo }: { motivo: string }): string {
  const textos: Record<string, string> = {
    cambiado: 'Otra persona cambió lo mismo mientras se probaba. Vuelve a hacer tu cambio sobre lo nuevo.',
    duplicado: 'Ya existe un bloque que dice lo mismo.',
    parecido: 'Ya existe un bloque muy parecido; guárdalo desde Conocimiento y confirma ahí.',
    no_existe: 'Lo que querías cambiar ya no existe.',
  };
  return textos[motivo] ?? 'El cambio ya no se puede aplicar.';
}

type Diferencia = { clave: 'rota' | 'arreglada' | 'nueva' | 'igual'; texto: string; tono: string };

function diferenciaDe(r: Resultado, comparada: boolean): Diferencia {
  if (r.paso === null) return { clave: 'igual', texto: 'En espera', tono: '' };
  // Sin con qué comparar, todas serían nuevas: no dice nada.
  if (r.antes === null) return { clave: comparada ? 'nueva' : 'igual', texto: 'Nueva', tono: 'azul' };
  if (r.paso && !r.antes) return { clave: 'arreglada', texto: 'Antes fallaba', tono: 'verde' };
  if (!r.paso && r.antes) return { clave: 'rota', texto: 'Antes pasaba', tono: 'rojo' };
  return { clave: 'igual', texto: 'Igual que antes', tono: '' };
}

/** La página de una corrida: primero lo que se rompió, luego lo que falla. */
export function presentarCorridaAbierta(c: CorridaAbierta, e: Entorno) {
  const resultados = c.resultados.map((r) => {
    const motivo = r.motivo && (RAZONES[r.motivo] ?? null);
    return {
      ...r,
      orden: r.paso === false ? (r.antes ? 0 : 1) : r.paso === null ? 2 : r.antes === false ? 3 : 4,
      diferencia: diferenciaDe(r, c.anterior !== null),
      espera_texto: ESPERAS[r.prueba.espera] ?? '',
      hizo: r.resultado ? (RESULTADOS[r.resultado]?.texto ?? r.resultado) : '',
      motivo,
      datos:
        r.paso === null
          ? ''
          : [
              modoDe(r.modo, r.modelo),
              milisegundos(r.latencia_ms),
              r.tokens ? `${fechas.numero(r.tokens)} tokens` : '',
            ]
              .filter(Boolean)
              .join(' · '),
      ruta: r.existe ? `${e.base}/pruebas/${r.prueba_id}` : '',
    };
  });
  const cuenta = (clave: string) => resultados.filter((r) => r.diferencia.clave === clave).length;
  return {
    ...presentarCorrida(c, e),
    anterior: c.anterior && {
      ruta: `${e.base}/pruebas/corridas/${c.anterior.id}`,
      cuando: fechas.hace(c.anterior.creado, Date.now(), e.zona),
    },
    resultados: resultados.toSorted((a, b) => a.orden - b.orden),
    rompe: cuenta('rota'),
    arregla: cuenta('arreglada'),
    nuevas: cuenta('nueva'),
    cambios: (c.cambio ?? []).map(describirOperacion),
  };
}

const CAMPOS: Record<string, string> = {
  personalidad: 'Personalidad',
  instrucciones: 'Instrucciones',
  modo_respuesta: 'Modo',
  modelo_ia: 'Modelo',
  palabras_pase: 'Palabras de pase',
  mensaje_fuera_de_tema: 'Respuesta fuera de tema',
  reanudar_ia_horas: 'Horas para retomar',
  titulo: 'Título',
  contenido: 'Texto',
};

/** Lo que se va a publicar, campo por campo. */
function describirOperacion(o: { op: string; datos?: Record<string, unknown> }) {
  const titulos: Record<string, string> = {
    ajustes: 'Ajustes',
    bloque: 'Bloque de conocimiento',
    bloques: 'Varios bloques',
    restaurar: 'Volver a una versión',
    importacion: 'Importación de conocimiento',
  };
  const campos = Object.entries(o.datos ?? {}).flatMap(([clave, valor]) => {
    const nombre = CAMPOS[clave];
    if (!nombre || valor === null) return [];
    const texto = Array.isArray(valor)
      ? valor.join(', ')
      : typeof valor === 'string' || typeof valor === 'number'
        ? String(valor)
        : '';
    return [{ nombre, texto: texto || '(vacío)' }];
  });
  return { titulo: titulos[o.op] ?? o.op, campos };
}

export function presentarFila(f: FilaAuditoria, e: Entorno) {
  const motivo = MOTIVOS[f.motivo] ?? { texto: f.motivo, tono: '' };
  const cursor = f.historial_id && f.fecha_hora ? `${f.fecha_hora}_${f.historial_id}` : '';
  const busca = cursor ? `?${new URLSearchParams({ mensaje: cursor })}` : '';
  const costo = costoDe(e.precios, modeloCobrado(f, e), {
    entrada: f.tokens_entrada,
    salida: f.tokens_salida,
  });
  return {
    ...f,
    quien: f.nombre || fechas.telefono(f.telefono) || 'Sin nombre',
    motivo,
    modo_texto: modoDe(f.modo, f.modelo),
    tokens: fechas.numero(f.tokens_entrada + f.tokens_salida),
    latencia: milisegundos(f.latencia_ms),
    costo: costoTexto(costo),
    dia: fechas.dia(f.creado, e.zona),
    hora: fechas.hora(f.creado, e.zona),
    chat: e.chat && `${e.chat}/${f.contacto_id}${busca}`,
    fuentes: f.fuentes.map((x) => ({
      ...x,
      titulo: x.titulo || `${x.contenido.slice(0, 57)}…`,
      ruta: e.conocimiento && `${e.conocimiento}/bloques/${x.id}`,
    })),
  };
}

/** La misma búsqueda con otra cosa puesta. */
export function consultaDe(filtros: ConsultaAuditoria, extra: Record<string, string> = {}): string {
  const q = new URLSearchParams();
  for (const [clave, valor] of Object.entries(filtros)) {
    if (clave !== 'antes' && typeof valor === 'string' && valor !== '') q.set(clave, valor);
  }
  for (const [clave, valor] of Object.entries(extra)) q.set(clave, valor);
  const texto = q.toString();
  return texto ? `?${texto}` : '';
}

const USOS: Record<string, string> = {
  respuestas: 'Respuestas',
  probador: 'Probador',
  pruebas: 'Pruebas',
  otros: 'Resúmenes y otros',
};

export function presentarCostos(c: Costos, e: Entorno) {
  const cobrado = (modelo: string) => modelo || e.modelo || '';
  const suma = (filas: { modelo: string; tokens_entrada: number; tokens_salida: number }[]) =>
    filas.reduce(
      (s, f) => {
        const costo = costoDe(e.precios, cobrado(f.modelo), {
          entrada: f.tokens_entrada,
          salida: f.tokens_salida,
        });
        return {
          costo: s.costo + (costo ?? 0),
          tokens: s.tokens + f.tokens_entrada + f.tokens_salida,
          sinPrecio: s.sinPrecio || costo === null,
        };
      },
      { costo: 0, tokens: 0, sinPrecio: false },
    );
  const grupos = (clave: 'modelo' | 'uso', nombre: (v: string) => string) =>
    [...Map.groupBy(c.filas, (f) => f[clave])]
      .map(([valor, filas]) => {
        const s = suma(filas);
        return {
          nombre: nombre(valor),
          llamadas: fechas.numero(filas.reduce((n, f) => n + f.llamadas, 0)),
          entrada: fechas.numero(filas.reduce((n, f) => n + f.tokens_entrada, 0)),
          salida: fechas.numero(filas.reduce((n, f) => n + f.tokens_salida, 0)),
          costo: s.sinPrecio ? 'Sin precio' : costoTexto(s.costo),
          orden: s.costo,
        };
      })
      .toSorted((a, b) => b.orden - a.orden || a.nombre.localeCompare(b.nombre));
  const total = suma(c.filas);
  const antes = suma(c.anterior);
  const porDia = Map.groupBy(c.filas, (f) => f.dia);
  const hoyFilas = porDia.get(c.hoy) ?? [];
  const dias = diasDelMes(c.mes, c.hoy).map((dia) => ({ dia, filas: porDia.get(dia) ?? [] }));
  const medidas = dias.map(({ dia, filas }) => ({
    dia,
    ...suma(filas),
    llamadas: filas.reduce((n, f) => n + f.llamadas, 0),
  }));
  const enDinero = total.costo > 0;
  const mayor = Math.max(...medidas.map((m) => (enDinero ? m.costo : m.llamadas)), 0);
  const mesAnterior = moverMes(c.mes, -1);
  const mesSiguiente = moverMes(c.mes, 1);
  return {
    mes: nombreMes(c.mes),
    esteMes: c.hoy.slice(0, 7) === c.mes.slice(0, 7),
    anterior:
      c.desde && c.desde.slice(0, 7) <= mesAnterior
        ? { ruta: `${e.base}/costos?mes=${mesAnterior}`, texto: nombreMes(`${mesAnterior}-01`) }
        : null,
    siguiente:
      mesSiguiente <= c.hoy.slice(0, 7)
        ? { ruta: `${e.base}/costos?mes=${mesSiguiente}`, texto: nombreMes(`${mesSiguiente}-01`) }
        : null,
    cifras: [
      {
        nombre: 'En el mes',
        valor: costoTexto(total.costo),
        pie: antes.costo > 0 ? `El mes anterior: ${costoTexto(antes.costo)}` : 'Sin gasto el mes anterior',
      },
      {
        nombre: 'Hoy',
        valor: costoTexto(suma(hoyFilas).costo),
        pie: `${fechas.numero(suma(hoyFilas).tokens)} de ${fechas.numero(c.tope)} tokens de tope`,
      },
      {
        nombre: 'Tokens del mes',
        valor: fechas.numero(total.tokens),
        pie: fechas.cuantos(
          c.filas.reduce((n, f) => n + f.llamadas, 0),
          'respuesta pensada',
          'respuestas pensadas',
        ),
      },
    ],
    sinPrecio: [
      ...new Set(
        c.filas
          .filter(
            (f) =>
              f.tokens_entrada > 0 &&
              costoDe(e.precios, cobrado(f.modelo), { entrada: 1, salida: 1 }) === null,
          )
          .map((f) => cobrado(f.modelo) || 'desconocido'),
      ),
    ],
    vacio: c.filas.length === 0,
    enDinero,
    columnas: medidas.map((m, i) => {
      const valor = enDinero ? m.costo : m.llamadas;
      const alto = mayor > 0 ? (valor / mayor) * 100 : 0;
      return {
        x: (i / medidas.length) * 100 + 0.4,
        ancho: 100 / medidas.length - 0.8,
        y: 100 - alto,
        alto,
        etiqueta: String(Number(m.dia.slice(8))),
        titulo: `${Number(m.dia.slice(8))} de ${nombreMes(c.mes)}: ${costoTexto(m.costo)}, ${fechas.numero(m.tokens)} tokens`,
        costo: costoTexto(m.costo),
        tokens: fechas.numero(m.tokens),
        llamadas: fechas.numero(m.llamadas),
        con: m.llamadas > 0,
      };
    }),
    tope: enDinero ? costoTexto(mayor) : fechas.cuantos(mayor, 'respuesta', 'respuestas'),
    modelos: grupos('modelo', (m) =>
      m === 'local' ? 'Modo local (sin costo)' : m || e.modelo || 'Modelo general',
    ),
    usos: grupos('uso', (u) => USOS[u] ?? u),
  };
}

function diasDelMes(mes: string, hoy: string): string[] {
  const [ano = 2026, numero = 1] = mes.split('-').map(Number);
  const ultimo = hoy.startsWith(mes.slice(0, 7))
    ? Number(hoy.slice(8))
    : new Date(Date.UTC(ano, numero, 0)).getUTCDate();
  return Array.from({ length: ultimo }, (_, i) => `${mes.slice(0, 7)}-${String(i + 1).padStart(2, '0')}`);
}

function moverMes(mes: string, cuanto: number): string {
  const [ano = 2026, numero = 1] = mes.split('-').map(Number);
  return new Date(Date.UTC(ano, numero - 1 + cuanto, 1)).toISOString().slice(0, 7);
}

function nombreMes(dia: string): string {
  return new Date(`${dia.slice(0, 7)}-15T12:00:00Z`).toLocaleDateString('es-MX', {
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
}

/** El modelo que se paga: lo que gastó un proveedor que falló se cobra aunque haya contestado el modo local. */
function modeloCobrado(
  r: { modo: string; modelo: string | null; tokens_entrada: number },
  e: Entorno,
): string {
  if (r.modo === 'local' && r.tokens_entrada === 0) return 'local';
  return r.modelo ?? e.modelo ?? '';
}

function modoDe(modo: string | null, modelo: string | null): string {
  if (modo === 'local') return 'Modo local';
  return modelo ?? (modo ? 'Modelo' : '');
}

function milisegundos(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function dolares(n: number): string {
  return `US$${n.toLocaleString('es-MX', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** Costos chicos con cuatro decimales: una respuesta vale fracciones de centavo. */
export function costoTexto(n: number | null): string {
  if (n === null) return 'Sin precio';
  if (n === 0) return 'US$0';
  if (n >= 1) return dolares(n);
  return n < 0.0001 ? 'menos de US$0.0001' : `US$${n.toFixed(4)}`;
}
