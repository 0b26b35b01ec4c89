const COLAS: Record<string, string> = {
  respuesta: 'Conversaciones por contestar',
  salida: 'Mensajes por enviar',
  adjuntos_sueltos: 'Borrar archivos que nadie envió',
  ads_reportes: 'Reportes de anuncios',
  ads_ronda: 'Ronda de anuncios',
  ads_tokens: 'Revisar permisos de Meta',
  aviso_correo: 'Correos de aviso',
  avisos: 'Revisar avisos',
  borrar_nora: 'Borrar noras',
  cerrar_dias: 'Cerrar horas y días',
  conciliacion: 'Cotejar con Twilio',
  conciliacion_al_dia: 'Último cotejo completo con Twilio',
  demo_ads: 'Anuncios de demostración',
  importar_contactos: 'Importar contactos',
  limpiar_contactos: 'Limpiar importaciones',
  plantillas: 'Traer plantillas de WhatsApp',
  respaldo: 'Respaldo de la noche',
  retencion: 'Borrar errores y registros viejos',
  retencion_noras: 'Retención de cada nora',
};

/** Una cola, carril o tarea dicho en palabras; `demo_ads:aura` conserva su nora. Lo desconocido sale sin guiones. */
export function tituloDeCola(cola: string): string {
  const [nombre = '', nora] = cola.split(':');
  const titulo = COLAS[nombre] ?? nombre.replaceAll('_', ' ');
  return nora ? `${titulo} (${nora})` : titulo;
}
