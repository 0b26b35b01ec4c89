import { randomUUID } from 'node:crypto';
import { mover } from '../ads/periodos.ts';
import { resumirClave } from '../cuentas/clave.ts';
import type { Contexto } from '../contexto.ts';
import type { BaseDeDatos } from '../datos/base_de_datos.ts';
import type { Json } from '../datos/tipos.ts';
import { claveDia } from '../web/fechas.ts';
import { ponerAdsAlDia } from './ads/al_dia.ts';
import { inventarDias, presupuestoInicial } from './ads/dias.ts';
import { CLAVES_MODULOS } from '../modulos/index.ts';
import { inventarLlegadas } from './ads/llegadas.ts';
import { DEMO } from './datos.ts';
import type { ContactoDemo, DatosDemo, MensajeDemo, NoraDemo } from './tipos.ts';

const MINUTO = 60_000;
const DIAS_DE_LLEGADAS = 28;
/** Lo que tarda en contestar cada quien, en minutos, si el mensaje no lo dice. */
const PAUSA = { contacto: 1.5, ia: 0.1, automatica: 0.05, humano: 6, sistema: 0 } as const;

type Fila = Record<string, Json>;

/**
 * Pone la demo en una base sin noras, con fechas relativas a `ahora`, en una sola llamada y una sola transacción.
 * @returns false si la base ya tenía noras: no se toca nada.
 */
export async function sembrar(
  bd: Pick<BaseDeDatos, 'servicio'>,
  datos: DatosDemo,
  ahora: Date = new Date(),
): Promise<boolean> {
  const { count } = await bd.servicio
    .from('configuracion_bot')
    .select('id', { count: 'exact', head: true })
    .throwOnError();
  if (count) return false;
  const filas = await armarFilas(datos, ahora);
  const { data } = await bd.servicio.rpc('sembrar_demo', { p: filas }).throwOnError();
  return data === true;
}

/** Una cuenta de la demo que se puede enseñar. */
export interface AccesoDemo {
  quien: string;
  correo: string;
  clave: string;
}

/** Siembra la demo si toca y devuelve los accesos que se pueden enseñar. */
export async function asegurarDemo(
  ctx: Pick<Contexto, 'bd' | 'config' | 'registro' | 'correo' | 'trabajos' | 'registrarError'>,
): Promise<AccesoDemo[]> {
  if (!ctx.config.demo) return [];
  if (await sembrar(ctx.bd, DEMO)) await ctx.registro.resincronizar();
  await ponerAdsAlDia(ctx, DEMO.noras, new Date());
  return leerAccesosDemo(ctx);
}

/** Los de las cuentas demo que siguen existiendo y activas, o ninguno con NORA_DEMO=0. */
export async function leerAccesosDemo(ctx: Pick<Contexto, 'bd' | 'config'>): Promise<AccesoDemo[]> {
  if (!ctx.config.demo) return [];
  const correos = DEMO.usuarios.map((u) => u.correo);
  const { data } = await ctx.bd.servicio
    .from('usuarios')
    .select('correo')
    .in('correo', correos)
    .eq('activo', true)
    .throwOnError();
  const siguen = new Set(data.map((u) => u.correo));
  return DEMO.usuarios
    .filter((u) => siguen.has(u.correo))
    .map((u) => ({ quien: quienEs(u), correo: u.correo, clave: u.clave }));
}

function quienEs({ rol, nombre, membresias }: DatosDemo['usuarios'][number]): string {
  if (rol === 'admin') return 'Administración';
  const [primera] = membresias;
  const nora = DEMO.noras.find((n) => n.nombre_nora === primera?.nombre_nora)?.nombre_visible ?? '';
  return `${nombre.split(' ')[0]}, ${primera?.rol === 'dueno' ? 'dueña o dueño' : 'agente'} de ${nora}`;
}

/** Las filas de cada tabla, con ids propios y fechas absolutas. */
export async function armarFilas(datos: DatosDemo, ahora: Date): Promise<Record<string, Fila[]>> {
  const usuarios = await Promise.all(
    datos.usuarios.map(async (u) => ({
      id: randomUUID(),
      correo: u.correo,
      nombre: u.nombre,
      clave_hash: await resumirClave(u.clave),
      rol: u.rol,
    })),
  );
  const filas: Record<string, Fila[]> = {
    usuarios,
    usuarios_noras: datos.usuarios.flatMap((u) => u.membresias.map((m) => ({ correo: u.correo, ...m }))),
  };
  for (const nora of datos.noras) {
    for (const [tabla, nuevas] of Object.entries(filasDeNora(nora, ahora)))
      (filas[tabla] ??= []).push(...nuevas);
  }
  return filas;
}

function filasDeNora(n: NoraDemo, ahora: Date): Record<string, Fila[]> {
  const { nombre_nora } = n;
  const conocimiento = n.conocimiento.map((b) => ({
    id: randomUUID(),
    nombre_nora,
    titulo: b.titulo,
    contenido: b.contenido,
    etiquetas: b.etiquetas,
    prioridad: b.prioridad ?? 0,
  }));
  const filas: Record<string, Fila[]> = {
    configuracion_bot: [
      {
        nombre_nora,
        nombre_visible: n.nombre_visible,
        numero_nora: n.numero_nora,
        mensaje_bienvenida: n.mensaje_bienvenida,
        personalidad: n.personalidad,
        instrucciones: n.instrucciones,
        modo_respuesta: n.modo_respuesta,
        zona_horaria: n.zona_horaria,
        horario: n.horario,
        mensaje_fuera_horario: n.mensaje_fuera_horario,
      },
    ],
    modulos_disponibles: CLAVES_MODULOS.map((modulo) => ({
      nombre_nora,
      modulo,
      activo: n.modulos.includes(modulo),
    })),
    etiquetas: n.etiquetas.map((e) => ({ nombre_nora, ...e })),
    conocimiento_nora: conocimiento,
    respuestas_rapidas: n.respuestas_rapidas.map((r) => ({ nombre_nora, ...r })),
    respuestas_automaticas: n.respuestas_automaticas.map((r) => ({ nombre_nora, ...r })),
    contactos: [],
    historial_conversaciones: [],
    respuestas_ia: [],
  };
  for (const contacto of [...n.contactos, ...llegadasDe(n, ahora)]) {
    const hilo = filasDeContacto(n, contacto, conocimiento, ahora);
    filas['contactos']?.push(hilo.contacto);
    filas['historial_conversaciones']?.push(...hilo.historial);
    filas['respuestas_ia']?.push(...hilo.respuestas);
  }
  return filas;
}

/** Quienes llegaron por los anuncios en cuatro semanas: las mismas conversaciones que dicen sus cifras. */
function llegadasDe(n: NoraDemo, ahora: Date): ContactoDemo[] {
  if (!n.ads) return [];
  const hoy = claveDia(ahora, n.ads.zona);
  const periodo = { desde: mover(hoy, -DIAS_DE_LLEGADAS), hasta: mover(hoy, -1) };
  const { renglones } = inventarDias(n.ads, periodo, presupuestoInicial(hoy));
  return inventarLlegadas(n.ads, renglones, hoy);
}

type BloqueConId = { id: string; titulo: string; contenido: string };

function filasDeContacto(n: NoraDemo, c: ContactoDemo, conocimiento: BloqueConId[], ahora: Date) {
  const id = randomUUID();
  const fechas = fechasDe(c, n.zona_horaria, ahora);
  let epoca = 0;
  const historial = c.mensajes.map((m, i): Fila => {
    if (m.autor === 'contacto') epoca++;
    return filaMensaje(n, c, m, id, fechas[i] as Date, epoca);
  });
  const ultimo = c.mensajes.at(-1) as MensajeDemo;
  const fin = fechas.at(-1) as Date;
  const lugarSuyo = c.mensajes.findLastIndex((m) => m.autor === 'contacto');
  const ultimoSuyo = fechas[lugarSuyo] ?? fin;
  const textoSuyo = c.mensajes[lugarSuyo]?.texto ?? '';
  const contacto: Fila = {
    id,
    nombre_nora: n.nombre_nora,
    telefono: c.telefono,
    nombre: c.nombre,
    correo: c.correo ?? null,
    empresa: c.empresa ?? null,
    notas: c.notas ?? null,
    etiquetas: c.etiquetas,
    mensaje_reciente: ultimo.texto.slice(0, 200),
    reciente_autor: ultimo.autor,
    ultimo_mensaje: fin.toISOString(),
    no_leidos: c.no_leidos ?? 0,
    ia_activa: c.ia_activa ?? true,
    bloqueado: c.bloqueado ?? false,
    acepta_envios: c.acepta_envios ?? null,
    bienvenida_en: (fechas[0] as Date).toISOString(),
    ventana_hasta: new Date(ultimoSuyo.getTime() + 24 * 60 * MINUTO).toISOString(),
    epoca,
    epoca_resuelta: epoca,
    atendido_por_correo: c.atendido_por ?? null,
    ia_pausada_hasta: c.atendido_por ? new Date(fin.getTime() + 12 * 60 * MINUTO).toISOString() : null,
    espera_humano_desde: c.espera_humano ? ultimoSuyo.toISOString() : null,
    motivo_espera: c.espera_humano ? `Nora no sabe: «${textoSuyo}»` : null,
    created_at: (fechas[0] as Date).toISOString(),
  };
  return { contacto, historial, respuestas: filasDeFuentes(n, c, historial, conocimiento) };
}

function filaMensaje(
  n: NoraDemo,
  c: ContactoDemo,
  m: MensajeDemo,
  contacto_id: string,
  fecha: Date,
  epoca: number,
): Fila {
  const entrante = m.autor === 'contacto';
  const id = randomUUID();
  return {
    id,
    nombre_nora: n.nombre_nora,
    contacto_id,
    telefono: c.telefono,
    mensaje: m.texto,
    tipo: entrante ? 'usuario' : 'respuesta',
    origen: n.numero_nora,
    fecha_hora: fecha.toISOString(),
    sid: m.estado === 'fallido' || m.autor === 'sistema' ? null : `SM${id.replaceAll('-', '')}`,
    autor: m.autor,
    usuario_correo: m.usuario ?? null,
    estado: entrante ? 'recibido' : m.autor === 'sistema' ? 'interno' : (m.estado ?? 'leido'),
    estado_en: fecha.toISOString(),
    error_codigo: m.error_codigo ?? null,
    error_detalle: m.error_detalle ?? null,
    epoca,
    referido: m.referido ?? null,
  };
}

/** Una fila de `respuestas_ia` por respuesta de la IA: de ahí sale «¿de dónde salió?». */
function filasDeFuentes(
  n: NoraDemo,
  c: ContactoDemo,
  historial: Fila[],
  conocimiento: BloqueConId[],
): Fila[] {
  return c.mensajes.flatMap((m, i) => {
    const fila = historial[i];
    if (m.autor !== 'ia' || !fila) return [];
    const citados = (m.fuentes ?? []).map((titulo) => {
      const bloque = conocimiento.find((b) => b.titulo === titulo);
      if (!bloque) throw new Error(`la demo de ${n.nombre_nora} cita «${titulo}», que no existe`);
      return bloque;
    });
    const pregunta = c.mensajes.slice(0, i).findLast((previo) => previo.autor === 'contacto')?.texto ?? '';
    const paso = citados.length === 0 && m.texto.includes('a una persona del equipo');
    return [
      {
        nombre_nora: n.nombre_nora,
        contacto_id: fila['contacto_id'] ?? null,
        historial_id: fila['id'] ?? null,
        modo: 'local',
        fragmentos: conocimiento.map((b) => b.id),
        citados: citados.map((b) => b.id),
        fuentes: citados.map((b) => ({ id: b.id, titulo: b.titulo, contenido: b.contenido })),
        latencia_ms: 4 + ((i * 7) % 9),
        motivo: paso ? 'sin_evidencia' : 'respondida',
        pregunta,
        creado: fila['fecha_hora'] ?? null,
      },
    ];
  });
}

/** Fecha de cada mensaje; ninguna en el futuro ni dos iguales. */
function fechasDe(c: ContactoDemo, zona: string, ahora: Date): Date[] {
  let t = inicioDe(c.inicio, zona, ahora).getTime();
  const fechas = c.mensajes.map((m, i) => {
    if (i > 0) t += (m.pausa ?? PAUSA[m.autor]) * MINUTO;
    return t;
  });
  const pasado = Math.max(0, (fechas.at(-1) ?? 0) - (ahora.getTime() - MINUTO));
  return fechas.map((f) => new Date(f - pasado));
}

function inicioDe(inicio: ContactoDemo['inicio'], zona: string, ahora: Date): Date {
  if ('minutos' in inicio) return new Date(ahora.getTime() - inicio.minutos * MINUTO);
  const dia = new Date(ahora.getTime() - inicio.dias * 24 * 60 * MINUTO);
  const fecha = new Intl.DateTimeFormat('en-CA', { timeZone: zona }).format(dia);
  const utc = new Date(`${fecha}T${inicio.hora}:00Z`);
  return new Date(utc.getTime() - desfaseMs(utc, zona));
}

/** Cuánto va adelantada la zona respecto de UTC en ese instante. */
function desfaseMs(momento: Date, zona: string): number {
  const local = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zona,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(momento);
  return new Date(`${local.replace(' ', 'T')}Z`).getTime() - momento.getTime();
}
