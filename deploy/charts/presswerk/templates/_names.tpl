{{- /* Names and parts that several templates share. */ -}}
{{- define "presswerk.labels" -}}
app.kubernetes.io/name: presswerk
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: presswerk
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- /* How tenants' network policies know the pods too; names and labels are the same in every release. */ -}}
{{- define "presswerk.selector" -}}
app.kubernetes.io/name: presswerk
app.kubernetes.io/component: {{ . }}
{{- end -}}

{{- define "presswerk.image" -}}
{{ with .Values.image.registry }}{{ . }}/{{ end }}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "presswerk.wordpressImage" -}}
{{- $registry := "" }}{{ with .Values.image.registry }}{{ $registry = printf "%s/" . }}{{ end -}}
{{ .Values.operator.wordpressImage | default (printf "%spresswerk/wordpress:%s" $registry .Chart.AppVersion) }}
{{- end -}}

{{- define "presswerk.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "presswerk.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "presswerk.placement" -}}
{{- with .Values.image.pullSecret }}
imagePullSecrets:
  - name: {{ . }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* Whom to trust besides the public authorities: programs read the variable, the operator gives the file to sites. */ -}}
{{- define "presswerk.authoritiesVariable" -}}
- name: SSL_CERT_FILE
  value: /etc/presswerk-authorities/{{ .Values.authorities.key }}
{{- end -}}

{{- define "presswerk.authoritiesMount" -}}
- {name: authorities, mountPath: /etc/presswerk-authorities, readOnly: true}
{{- end -}}

{{- define "presswerk.authoritiesVolume" -}}
- name: authorities
  configMap: {name: {{ .Values.authorities.configMap }}}
{{- end -}}

{{- define "presswerk.url" -}}
{{- if . }}https://{{ . }}{{ end -}}
{{- end -}}

{{- /* Private, shared, link-local with the clouds' metadata services, loopback, and what IANA keeps for itself. */ -}}
{{- define "presswerk.notTheInternet" -}}
- 0.0.0.0/8
- 10.0.0.0/8
- 100.64.0.0/10
- 127.0.0.0/8
- 169.254.0.0/16
- 172.16.0.0/12
- 192.0.0.0/24
- 192.168.0.0/16
- 198.18.0.0/15
- 224.0.0.0/4
- 240.0.0.0/4
{{- end -}}
